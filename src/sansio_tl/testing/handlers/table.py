"""Method -> handler. What is not here is refused politely: METHOD_INVALID, or 401 for who is not logged in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from sansio_tl.functions import account, auth, updates, users
from sansio_tl.functions import help as help_
from sansio_tl.testing.call import Call
from sansio_tl.testing.handlers import log_in, password, phone, sending, service
from sansio_tl.tl.objects import Function

Handler: TypeAlias = Callable[[Call, Any], object]

HANDLERS: Mapping[type[Function[Any]], Handler] = MappingProxyType(
    {
        auth.SendCode: log_in.send_code,
        auth.ResendCode: sending.resend_code,
        auth.CancelCode: sending.cancel_code,
        auth.SignIn: log_in.sign_in,
        auth.SignUp: log_in.sign_up,
        auth.LogOut: log_in.log_out,
        account.GetPassword: password.get_password,
        auth.CheckPassword: password.check_password,
        account.SendChangePhoneCode: phone.send_change_phone_code,
        account.ChangePhone: phone.change_phone,
        account.SendVerifyPhoneCode: phone.send_verify_phone_code,
        account.VerifyPhone: phone.verify_phone,
        account.SendConfirmPhoneCode: phone.send_confirm_phone_code,
        account.ConfirmPhone: phone.confirm_phone,
        help_.GetConfig: service.get_config,
        help_.GetNearestDc: service.get_nearest_dc,
        users.GetUsers: service.get_users,
        users.GetFullUser: service.get_full_user,
        updates.GetState: service.get_state,
        updates.GetDifference: service.get_difference,
    }
)
