"""Builds the order-management lab's table, and everything else that the lab asks for.

It runs as a script. Its environment holds AWS credentials, a Region and an endpoint, which boto3's default session
finds by itself, and the names to use: TABLE_NAME, FUNCTION_NAME and STUDENT_ID.

See the tasks with:  python validate_tasks.py list dynamodb_medium
"""

import os


def main() -> None:
    """Creates what the lab asks for. Begin with the table: its local index can only be made together with it."""
    table_name = os.environ["TABLE_NAME"]
    print(f"Nothing is built yet. Write the code that creates {table_name}.")


if __name__ == "__main__":
    main()
