"""Who does the tasks of a job: processes of this machine, or many machines."""
