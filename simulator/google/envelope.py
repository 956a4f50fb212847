"""The stanza that carries an encrypted message to a device."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
import json
import os
import time
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from firebase_messaging.proto.mcs_pb2 import DataMessageStanza
from http_ece import encrypt  # type: ignore[import-untyped]

from .state import Fault, Faults, Project, Registration


def make_stanza(
    project: Project,
    registration: Registration,
    data: Mapping[str, str],
    notification: Mapping[str, str] | None,
    ttl: int,
    faults: Faults,
) -> DataMessageStanza:
    """Encrypt a message as FCM does for a browser, and put it into a stanza."""
    content: dict[str, Any] = {
        "data": dict(data),
        "from": project.sender_id,
        "priority": "normal",
        "fcmMessageId": str(uuid4()),
    }
    if notification:
        content["notification"] = dict(notification)
    key, salt = generate_private_key(SECP256R1()), os.urandom(16)
    encrypted: bytes = encrypt(
        json.dumps(content).encode(),
        salt=salt,
        private_key=key,
        dh=registration.public_key,
        auth_secret=os.urandom(16) if faults.take(Fault.GARBLED) else registration.secret,
        version="aesgcm",
    )
    stanza = DataMessageStanza(
        id=uuid4().hex,
        category="org.chromium.linux",
        persistent_id=f"0:{time.time_ns() // 1000}%{uuid4().hex[:16]}",
        ttl=ttl,
        sent=int(time.time()),
        raw_data=encrypted,
    )
    setattr(stanza, "from", project.sender_id)  # a keyword of Python
    public_key = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    padding = "=" if faults.take(Fault.UNPADDED) else " "
    stanza.app_data.add(key="subtype", value=registration.gcm_app_id)
    stanza.app_data.add(key="content-encoding", value="aesgcm")
    stanza.app_data.add(key="crypto-key", value=f"dh={_encode(public_key).rstrip(padding)}")
    stanza.app_data.add(key="encryption", value=f"salt={_encode(salt).rstrip(padding)}")
    return stanza


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).decode()
