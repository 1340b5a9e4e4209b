"""What happens to the data, as plain steps: `receive.py`, `load.py` (with `prepare.py`), `publish.py`.

Pure functions, Polars in and out. Imports `expectations` and `schemas`; never knows Airflow. Who gets it: `serving/`.
"""
