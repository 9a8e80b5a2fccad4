"""Builds the e-commerce lab's table, and what else the lab asks for.

It is run as a script: with AWS credentials, a Region and an endpoint in its environment, which boto3's default
session finds by itself, and with the names to use in TABLE_NAME, ARCHIVE_BUCKET, ARCHIVE_DATABASE and
ARCHIVE_WORKGROUP.

See the tasks with:  python validate_tasks.py dynamodb_ecommerce --list
"""

import os


def main() -> None:
    """Creates what the lab asks for. Design the table first: which questions must it answer?"""
    table_name = os.environ["TABLE_NAME"]
    print(f"Nothing is built yet: write the code that creates {table_name}.")


if __name__ == "__main__":
    main()
