"""What runs together with a student's code, in its process. Nothing here imports the harness."""
