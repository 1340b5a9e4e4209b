"""When it happens: schedules, assets, retries. No logic. Imports `transforms`, `serving` and below, inside tasks."""
