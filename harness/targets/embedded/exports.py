"""Full exports of tables to S3: the description of an export, and the files that DynamoDB writes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

VERSION = "2020-06-30"
"""The version of the manifest of a full export."""

DESCRIBED = ("S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseKmsKeyId", "ExportType")
"""Parameters of a request that the description of an export repeats if they were given."""


class Export:
    """One export. It is done at once, but its first description says that it is in progress."""

    def __init__(self, table: Any, parameters: Mapping[str, Any]) -> None:
        started = time.time()
        self.table = table
        self.parameters = parameters
        self.id = f"{int(started * 1000):014d}-{uuid.uuid4().hex[:8]}"
        self.arn = f"{table.table_arn}/export/{self.id}"
        self.type = parameters.get("ExportType", "FULL_EXPORT")
        self.description: dict[str, Any] = {
            "ExportArn": self.arn,
            "ExportStatus": "IN_PROGRESS",
            "StartTime": started,
            "ExportTime": _seconds(parameters.get("ExportTime", started)),
            "TableArn": table.table_arn,
            "TableId": table.table_id,
            "ClientToken": parameters.get("ClientToken") or str(uuid.uuid4()),
            "ExportFormat": parameters.get("ExportFormat", "DYNAMODB_JSON"),
            "S3SseAlgorithm": parameters.get("S3SseAlgorithm", "AES256"),
            **{name: parameters[name] for name in DESCRIBED if parameters.get(name) is not None},
        }

    def run(self) -> None:
        """Writes the files, or fails as DynamoDB does if the bucket is not there."""
        from moto.s3.exceptions import MissingBucket
        from moto.s3.models import s3_backends

        rows = [json.dumps(item.to_json(root_attr_name="Item")) for item in self.table.all_items()]
        described = {"ItemCount": len(rows), "BilledSizeBytes": sum(map(len, rows)), "EndTime": time.time()}
        files = self._files(rows, described)
        buckets = s3_backends[self.table.account_id]["aws"]
        try:
            for key, content in files.items():
                buckets.put_object(bucket_name=self.parameters["S3Bucket"], key_name=key, value=content)
        except MissingBucket:
            reason = "The specified bucket does not exist"
            self.description |= {
                "ExportStatus": "FAILED",
                "FailureCode": "S3NoSuchBucket",
                "FailureMessage": reason,
                "EndTime": time.time(),
            }
            return
        self.description |= {
            "ExportStatus": "COMPLETED",
            "ExportManifest": self._key("manifest-summary.json"),
            **described,
        }

    def _key(self, name: str) -> str:
        prefix = str(self.parameters.get("S3Prefix") or "").removesuffix("/")
        return f"{prefix}/AWSDynamoDB/{self.id}/{name}" if prefix else f"AWSDynamoDB/{self.id}/{name}"

    def _files(self, rows: list[str], described: Mapping[str, Any]) -> dict[str, bytes]:
        """Each file's content by its key, the manifests last."""
        data = gzip.compress("".join(f"{row}\n" for row in rows).encode(), mtime=0)
        data_key = self._key(f"data/{uuid.uuid4().hex[:26]}.json.gz")
        listed = {
            "itemCount": len(rows),
            "md5Checksum": _md5(data),
            "etag": f"{hashlib.md5(data, usedforsecurity=False).hexdigest()}-1",
            "dataFileS3Key": data_key,
        }
        manifests = {
            "manifest-files.json": json.dumps(listed) + "\n",
            "manifest-summary.json": json.dumps(self._summary(described)),
        }
        files = {self._key("_started"): b"", data_key: data}
        for name, text in manifests.items():
            files[self._key(name)] = text.encode()
            files[self._key(name.replace(".json", ".md5"))] = _md5(text.encode()).encode()
        return files

    def _summary(self, described: Mapping[str, Any]) -> dict[str, Any]:
        told = self.description
        return {
            "version": VERSION,
            "exportArn": self.arn,
            "startTime": _written(told["StartTime"]),
            "endTime": _written(described["EndTime"]),
            "tableArn": told["TableArn"],
            "tableId": told["TableId"],
            "exportTime": _written(told["ExportTime"]),
            "s3Bucket": self.parameters["S3Bucket"],
            "s3Prefix": self.parameters.get("S3Prefix"),
            "s3SseAlgorithm": told["S3SseAlgorithm"],
            "s3SseKmsKeyId": self.parameters.get("S3SseKmsKeyId"),
            "manifestFilesS3Key": self._key("manifest-files.json"),
            "billedSizeBytes": described["BilledSizeBytes"],
            "itemCount": described["ItemCount"],
            "outputFormat": told["ExportFormat"],
        }


def _seconds(moment: float | datetime) -> float:
    return moment.timestamp() if isinstance(moment, datetime) else moment


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def _written(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
