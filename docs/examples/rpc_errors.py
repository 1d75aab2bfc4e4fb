"""Errors are classes, by name or by code, with the values in the name as attributes."""

from sansio_tl import errors, functions

try:
    raise errors.parse(420, "FLOOD_WAIT_30", "auth.sendCode")
except errors.FloodWait as error:
    print("wait", error.seconds, "seconds before", error.request)

try:
    raise errors.parse(406, "PHONE_NUMBER_INVALID")
except errors.PhoneNumberInvalid as error:  # with code 400 or 406
    print(error.code, error.message, error.hint)

try:
    raise errors.parse(400, "SOMETHING_NEW_TO_US")
except errors.BadRequest as error:  # an unknown name, but a known code
    print(error.text)

print([cls.__name__ for cls in errors.errors_of(functions.auth.ResendCode)])
