"""What happens to the data: pure steps, Polars in and out. Imports `expectations` and `schemas`; never knows Airflow."""
