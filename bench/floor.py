"""The floor of `bench/command.py`: a bare script that does the least which grading the lab must do.

It imports boto3 and moto, makes the same account with the reference solution's own calls, and makes each distinct
read of the grading once. No processes, no gateway, no report.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

REFERENCE = Path(__file__).resolve().parent.parent / "tasks/solution/dynamodb_ecommerce/provision.py"

os.environ.update(
    TABLE_NAME="ecommerce-student",
    ARCHIVE_BUCKET="ecommerce-archive-123456789012-student",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
)


def main() -> None:
    import boto3
    from moto import mock_aws

    with mock_aws():
        runpy.run_path(str(REFERENCE), run_name="__main__")
        dynamodb = boto3.client("dynamodb")
        table = os.environ["TABLE_NAME"]
        read = [
            dynamodb.describe_table(TableName=table),
            dynamodb.describe_time_to_live(TableName=table),
            dynamodb.describe_continuous_backups(TableName=table),
        ]
    sys.exit(0 if len(read) == 3 else 1)


if __name__ == "__main__":
    main()
