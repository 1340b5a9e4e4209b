"""What Airflow must know to read our DAGs back from its database: AIRFLOW__CORE__PLUGINS_FOLDER names this folder."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from dags.timetables import DeliveryTimetable


class Blockdata(AirflowPlugin):
    """The timetable of working days."""

    name = "blockdata"
    timetables = [DeliveryTimetable]  # noqa: RUF012
