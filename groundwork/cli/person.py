"""The person at the keyboard."""

from __future__ import annotations

import os
import shutil
import subprocess

from groundwork.contract.variables import PERSON_VARIABLE
from groundwork.errors import GroundworkError


def person_of(option: str) -> str:
    """Return the e-mail address of the person: the option, the variable, or git's; raises GroundworkError if all are empty."""
    email = option or os.environ.get(PERSON_VARIABLE, "")
    if not email and (git := shutil.which("git")):
        email = subprocess.run([git, "config", "user.email"], capture_output=True, text=True, check=False).stdout
    if not email.strip():
        raise GroundworkError("person-missing", "it is unknown who you are", f"add --as EMAIL, or set {PERSON_VARIABLE}")
    return email.strip()
