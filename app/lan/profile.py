"""Pure: the authority's certificate as iPhones and iPads take it, a configuration profile."""

import hashlib
import plistlib
import uuid

TYPE = "application/x-apple-aspen-config"


def profile(authority: bytes, name: str) -> bytes:
    """Return the profile that holds a certificate (DER); the same certificate gives the same profile, so that it replaces itself."""
    digest = hashlib.sha256(authority).hexdigest()
    ours = uuid.uuid5(uuid.NAMESPACE_OID, digest)
    inner = uuid.uuid5(ours, "certificate")
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"scanledger.{ours}",
            "PayloadUUID": str(ours).upper(),
            "PayloadDisplayName": name,
            "PayloadDescription": "Lets this device work with ScanLedger on the local network. It vouches for private addresses only.",
            "PayloadContent": [
                {
                    "PayloadType": "com.apple.security.root",
                    "PayloadVersion": 1,
                    "PayloadIdentifier": f"scanledger.{ours}.certificate",
                    "PayloadUUID": str(inner).upper(),
                    "PayloadDisplayName": name,
                    "PayloadCertificateFileName": "scanledger.cer",
                    "PayloadContent": authority,
                }
            ],
        }
    )
