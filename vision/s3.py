"""Clips in an S3 store, with only what every S3 store has: SigV4, path style, put, get with range, stat,
delete and list.
"""

import io
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import urllib3
from minio import Minio
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from minio.helpers import check_bucket_name

from vision.clips import (
    CHUNK,
    ClipInfo,
    ClipMissing,
    ClipsError,
    ClipsMisconfigured,
    ClipsUnavailable,
    check_key,
    check_range,
    content_type,
)

CONNECT_TIMEOUT, READ_TIMEOUT = 3.0, 20.0
"""Seconds. Who waits for a clip is a person, who waits for a put is the outbox: both rather try again."""
SEND_TIMEOUT = 20.0
"""Seconds that a piece of a clip may take on its way, and connecting before the first: uplinks stall."""

PART = 5 * 1024 * 1024
"""Bytes of a clip that are in memory at once; S3 takes no smaller parts of a multipart upload."""

_REFUSED = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"})


class S3Clips:
    """Clips in one bucket of an S3 store, which is made where it is missing. See ``Clips`` for the promises.

    ``endpoint`` is ``host:port``. Nothing is asked of the store before the first call, so that one that is
    away does not keep Hutch from starting. Raises ``ClipsMisconfigured`` for what cannot be an address or a
    bucket.
    """

    def __init__(
        self,
        endpoint: str,
        bucket: str,
        access_key: str,
        secret_key: str,
        *,
        secure: bool = True,
        region: str = "us-east-1",
    ) -> None:
        self._where = f"the S3 store at {endpoint}"
        self._bucket = bucket
        self._http = _InPieces(
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT),
            retries=False,
            maxsize=32,  # a browser that seeks opens one after the other, and urllib3 warns of each above
            ssl_context=ssl.create_default_context(),  # the system's trust, or SSL_CERT_FILE
        )
        try:
            check_bucket_name(bucket, strict=True)
            self._client = Minio(
                endpoint,
                access_key=access_key,
                secret_key=secret_key,
                secure=secure,
                region=region,
                http_client=self._http,
            )
        except ValueError as error:
            raise ClipsMisconfigured(f"[vision.clips] endpoint or bucket: {error}") from None

    def put(self, key: str, file: Path) -> None:
        """See ``Clips.put``."""
        check_key(key)
        file.stat()  # a file that is not there is no fault of the store
        with self._answers(key):
            try:
                self._upload(key, file)
            except S3Error as error:
                if error.code != "NoSuchBucket":
                    raise
                self._make_bucket()
                self._upload(key, file)

    def stat(self, key: str) -> ClipInfo:
        """See ``Clips.stat``."""
        check_key(key)
        with self._answers(key):
            found = self._client.stat_object(self._bucket, key)
            modified = found.last_modified or datetime.fromtimestamp(0, UTC)
            return ClipInfo(key, found.size or 0, modified, found.content_type or content_type(key))
        raise AssertionError

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See ``Clips.read``."""
        check_range(start, length)
        return self._chunks(check_key(key), start, length)

    def delete(self, key: str) -> None:
        """See ``Clips.delete``."""
        check_key(key)
        try:
            with self._answers(key):
                self._client.remove_object(self._bucket, key)
        except ClipMissing:
            return

    def list(self, prefix: str = "") -> Iterator[ClipInfo]:
        """See ``Clips.list``."""
        try:
            with self._answers(prefix):
                for found in self._client.list_objects(self._bucket, prefix=prefix, recursive=True):
                    key = found.object_name or ""
                    modified = found.last_modified or datetime.fromtimestamp(0, UTC)
                    yield ClipInfo(key, found.size or 0, modified, content_type(key))
        except ClipMissing:
            return

    def space(self) -> None:
        """See ``Clips.space``: S3 has no word for it."""
        return

    def close(self) -> None:
        """See ``Clips.close``."""
        self._http.clear()

    def _make_bucket(self) -> None:
        """Make the bucket, unless another camera's first clip has done so this moment."""
        try:
            self._client.make_bucket(self._bucket)
        except S3Error as error:
            if error.code != "BucketAlreadyOwnedByYou":
                raise

    def _upload(self, key: str, file: Path) -> None:
        self._client.fput_object(
            self._bucket,
            key,
            str(file),
            content_type=content_type(key),
            part_size=PART,
            num_parallel_uploads=1,
        )

    def _chunks(self, key: str, start: int, length: int | None) -> Iterator[bytes]:
        if length == 0:  # which minio takes for "all"
            return
        with self._answers(key):
            try:
                answer = self._client.get_object(self._bucket, key, offset=start, length=length or 0)
            except S3Error as error:
                if error.code == "InvalidRange":
                    return
                raise
            try:
                yield from answer.stream(CHUNK)
            finally:
                answer.close()
                answer.release_conn()

    @contextmanager
    def _answers(self, key: str) -> Iterator[None]:
        """Say in our words what the store, or the way to it, answers within."""
        try:
            yield
        except S3Error as error:
            raise self._meaning(key, error) from None
        except (InvalidResponseError, ServerError) as error:
            raise ClipsUnavailable(f"{self._where} answers no S3: {error}") from None
        except MinioException as error:
            raise ClipsUnavailable(f"{self._where} failed: {error}") from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ClipsUnavailable(f"{self._where} cannot be reached: {_reason(error)}") from None

    def _meaning(self, key: str, error: S3Error) -> ClipsError:
        if error.code in {"NoSuchKey", "NoSuchBucket"}:
            return ClipMissing(f"there is no clip {key}")
        if error.code in _REFUSED:
            return ClipsUnavailable(
                f"{self._where} refuses the access key ({error.code}): check HUTCH_S3_ACCESS_KEY and "
                f"HUTCH_S3_SECRET_KEY, or credentials_file of [vision.clips]"
            )
        return ClipsUnavailable(f"{self._where} answers {error.code}: {error.message}")


class _InPieces(urllib3.PoolManager):
    """Sends bodies in pieces of 16 KiB, each with a timeout of its own.

    urllib3 sends bytes at one go and within the timeout for connecting, which a slow uplink never meets.
    """

    def urlopen(  # type: ignore[override]
        self, method: str, url: str, redirect: bool = True, **rest: Any
    ) -> urllib3.BaseHTTPResponse:
        """As ``PoolManager.urlopen``; the caller says the length in a header, as minio does."""
        if rest.get("body"):
            rest["body"] = io.BytesIO(rest["body"])
            rest["timeout"] = urllib3.Timeout(connect=SEND_TIMEOUT, read=READ_TIMEOUT)
        return super().urlopen(method, url, redirect, **rest)


def _reason(error: Exception) -> str:
    return str(error).rsplit(": ", 1)[-1][:200] or type(error).__name__
