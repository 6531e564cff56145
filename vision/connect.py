"""Open the store of clips that the configuration names."""

import os
from pathlib import Path

from vision.clips import Clips, ClipsMisconfigured, DirectoryClips
from vision.config import ClipsSection

ACCESS_KEY, SECRET_KEY = "HUTCH_S3_ACCESS_KEY", "HUTCH_S3_SECRET_KEY"


def connect(config: ClipsSection, data_dir: Path) -> Clips:
    """The store of clips; a folder is ``clips`` in the data folder, an S3 store need not be there yet.

    Raises ``ClipsMisconfigured``, a sentence that says what to set.
    """
    if config.store == "directory":
        return DirectoryClips(data_dir / "clips")
    # The SDK costs memory that only those pay who use it.
    from vision.s3 import S3Clips

    access_key, secret_key = _credentials(config.credentials_file)
    return S3Clips(
        config.endpoint, config.bucket, access_key, secret_key, secure=config.secure, region=config.region
    )


def _credentials(file: Path | None) -> tuple[str, str]:
    if file is None:
        access_key, secret_key = os.environ.get(ACCESS_KEY, ""), os.environ.get(SECRET_KEY, "")
        if not access_key or not secret_key:
            raise ClipsMisconfigured(f"the S3 store needs {ACCESS_KEY} and {SECRET_KEY} in the environment")
        return access_key, secret_key
    try:
        lines = file.read_text().split()
    except (OSError, UnicodeDecodeError) as error:
        raise ClipsMisconfigured(f"[vision.clips] credentials_file {file} cannot be read: {error}") from None
    if len(lines) != 2:
        raise ClipsMisconfigured(
            f"[vision.clips] credentials_file {file} must hold the access key and the secret key on two lines"
        )
    return lines[0], lines[1]
