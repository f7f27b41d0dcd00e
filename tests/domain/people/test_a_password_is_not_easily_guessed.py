"""At least eight characters, none that everybody tries, not the sign-in name."""

from __future__ import annotations

import pytest

from app.domain.people.rules import require_password
from app.kernel.errors import Refused


@pytest.mark.parametrize(("password", "code"), [
    ("", "password_length"), ("1234567", "password_length"), ("x" * 129, "password_length"), ("12345678", "password_common"),
    ("PASSWORD", "password_common"), ("aaaaaaaa", "password_common"), ("abababab", "password_common"), ("13812345678", "password_common")])
def test_refused(password: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        require_password(password, login="+8613812345678")
    assert refused.value.code == code


@pytest.mark.parametrize("password", ["correct horse", "我的密码很长很长", "a1b2c3d4", "x y z 1 2 3"])
def test_taken(password: str) -> None:
    assert require_password(password, login="a@b.example") == password
