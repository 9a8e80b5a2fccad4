"""Builds the e-commerce lab's table, and everything else that the lab asks for.

It runs as a script. Its environment holds AWS credentials, a Region and an endpoint, which boto3's default session
finds by itself, and the names to use: TABLE_NAME, ARCHIVE_BUCKET, ARCHIVE_DATABASE and ARCHIVE_WORKGROUP.

See the tasks with:  python validate_tasks.py list dynamodb_ecommerce
"""

import os


def main() -> None:
    """Creates what the lab asks for. Design the table first: which questions must it answer?"""
    table_name = os.environ["TABLE_NAME"]
    print(f"Nothing is built yet. Write the code that creates {table_name}.")


if __name__ == "__main__":
    main()
