"""The committed classes are what the generator writes, and they hold what the catalogue says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest

import sansio_tl
from sansio_tl import errors
from sansio_tl.errors.generator import class_name, generate

PACKAGE = Path(sansio_tl.__file__).parent
TEXT = (PACKAGE / "schema" / "errors.json").read_text(encoding="utf-8")
CATALOGUE: dict[str, Any] = json.loads(TEXT)
EXAMPLES = {"int": 7, "str": "abc"}


def test_committed_modules_are_what_the_generator_writes() -> None:
    committed = {
        path.name: path.read_text(encoding="utf-8") for path in (PACKAGE / "errors" / "generated").glob("*.py")
    }
    assert committed == generate(TEXT)


def test_each_error_name_has_its_own_class() -> None:
    assert len({class_name(name) for name in CATALOGUE["errors"]}) == len(CATALOGUE["errors"])


@pytest.mark.parametrize("name", CATALOGUE["errors"])
def test_each_known_error_is_parsed_as_its_class_with_each_of_its_codes(name: str) -> None:
    entry = CATALOGUE["errors"][name]
    cls = getattr(errors, class_name(name))
    values = {value: EXAMPLES[type_] for value, type_ in entry.get("values", {}).items()}
    for code in entry["codes"]:
        made = cls(**values, code=code)
        read = errors.parse(code, made.text)
        assert isinstance(read, cls)
        assert isinstance(read, errors.class_of_code(code))
        assert vars(read) == vars(made)
        assert read.name == name
    for spelling in (entry.get("bare"), *entry.get("also", ())):
        if spelling is not None:
            assert isinstance(errors.parse(entry["codes"][0], spelling), cls)
    assert errors.class_of_name(name) is cls


@pytest.mark.parametrize("name", [name for name, entry in CATALOGUE["errors"].items() if "message" in entry])
def test_described_errors_have_a_message_and_a_hint(name: str) -> None:
    cls = getattr(errors, class_name(name))
    entry = CATALOGUE["errors"][name]
    error = cls(**{value: EXAMPLES[type_] for value, type_ in entry.get("values", {}).items()})
    assert error.message[0].isupper()
    assert error.message.endswith(".")
    assert "{" not in error.message
    assert error.hint == entry["hint"]
    assert error.hint[0].isupper()
    assert error.hint.endswith(".")


SEED_DOCUMENTS = {
    "account.sendChangePhoneCode": [
        "FRESH_CHANGE_PHONE_FORBIDDEN",
        "PHONE_NUMBER_BANNED",
        "PHONE_NUMBER_INVALID",
        "PHONE_NUMBER_OCCUPIED",
    ],
    "account.sendVerifyPhoneCode": ["PHONE_NUMBER_INVALID"],
    "auth.resendCode": [
        "PHONE_CODE_EXPIRED",
        "PHONE_CODE_HASH_EMPTY",
        "PHONE_NUMBER_INVALID",
        "SEND_CODE_UNAVAILABLE",
    ],
    "auth.sendCode": [
        "API_ID_INVALID",
        "API_ID_PUBLISHED_FLOOD",
        "AUTH_KEY_PERM_EMPTY",
        "INPUT_REQUEST_TOO_LONG",
        "NETWORK_MIGRATE_X",
        "PHONE_MIGRATE_X",
        "PHONE_NUMBER_APP_SIGNUP_FORBIDDEN",
        "PHONE_NUMBER_BANNED",
        "PHONE_NUMBER_FLOOD",
        "PHONE_NUMBER_INVALID",
        "PHONE_PASSWORD_FLOOD",
        "PHONE_PASSWORD_PROTECTED",
        "SMS_CODE_CREATE_FAILED",
    ],
    "account.sendConfirmPhoneCode": ["HASH_INVALID"],
}
"""What the pages of the five methods that send a code list under `Possible errors`."""


@pytest.mark.parametrize("method", SEED_DOCUMENTS)
def test_errors_of_lists_the_documented_errors_of_a_method(method: str) -> None:
    raised = {error.name for error in errors.errors_of(method)}
    assert raised >= set(SEED_DOCUMENTS[method])


def test_errors_of_takes_a_method_name_a_function_class_or_a_function() -> None:
    class SendCode:
        NAME: ClassVar[str] = "auth.sendCode"

    assert errors.PhoneNumberBanned in errors.errors_of("auth.sendCode")
    assert errors.errors_of(SendCode) == errors.errors_of(SendCode()) == errors.errors_of("auth.sendCode")
    assert errors.errors_of("no.suchMethod") == ()


def test_methods_for_users_or_bots_only_are_known() -> None:
    assert errors.is_user_only("auth.sendCode")
    assert not errors.is_user_only("auth.importBotAuthorization")
    assert errors.is_bot_only("bots.setBotCommands")
    assert not errors.is_bot_only("auth.sendCode")


def test_error_groups_hold_the_error_classes() -> None:
    assert errors.FloodWait in errors.ANY_METHOD
    assert set(errors.MAIN_DC_MOVED) == {errors.PhoneMigrate, errors.NetworkMigrate, errors.UserMigrate}
    assert all(error.authorization_lost for error in errors.AUTHORIZATION_LOST)
    assert errors.SessionPasswordNeeded not in errors.AUTHORIZATION_LOST


def test_unknown_error_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="NoSuchError"):
        _ = errors.NoSuchError  # type: ignore[attr-defined]
    assert not hasattr(errors, "__wrapped__")
    assert "FloodWait" in dir(errors)


def test_importing_errors_does_not_load_the_catalogue() -> None:
    code = "import sys, sansio_tl.errors; print([name for name in sys.modules if 'errors.known' in name])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_lazy_name_is_looked_up_once() -> None:
    for name in ("FloodWait", "parse", "errors_of"):
        vars(errors).pop(name, None)
        found = getattr(errors, name)
        assert vars(errors)[name] is found
