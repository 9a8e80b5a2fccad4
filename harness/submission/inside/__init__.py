"""What runs beside a student's code, in its process. Nothing here imports the harness."""
