"""Method -> handler. Others fail with METHOD_INVALID, or 401 on a device that is not logged in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from sansio_tl.functions import account, auth, payments, updates, users
from sansio_tl.functions import help as help_
from sansio_tl.testing.context import RequestContext
from sansio_tl.testing.handlers import (
    account_deletion,
    bot_and_token_login,
    code_sending,
    config_methods,
    email,
    firebase,
    firebase_pnv,
    login,
    login_completion,
    passkey,
    password,
    password_settings,
    payment,
    phone,
    qr,
    recovery,
    sessions,
)
from sansio_tl.tl.objects import Function

Handler: TypeAlias = Callable[[RequestContext, Any], object]

HANDLERS: Mapping[type[Function[Any]], Handler] = MappingProxyType(
    {
        # Login by phone code, and logout
        auth.SendCode: login.send_code,
        auth.ResendCode: code_sending.resend_code,
        auth.CancelCode: code_sending.cancel_code,
        auth.ReportMissingCode: code_sending.report_missing_code,
        auth.RequestFirebaseSms: firebase.request_firebase_sms,
        auth.SignIn: login.sign_in,
        auth.SignUp: login.sign_up,
        auth.LogOut: login_completion.log_out,
        # E-mail
        account.SendVerifyEmailCode: email.send_verify_email_code,
        account.VerifyEmail: email.verify_email,
        auth.ResetLoginEmail: email.reset_login_email,
        # Payment
        payments.CanPurchaseStore: payment.can_purchase_store,
        payments.AssignAppStoreTransaction: payment.assign_app_store_transaction,
        payments.AssignPlayMarketTransaction: payment.assign_play_market_transaction,
        payments.GetPaymentForm: payment.get_payment_form,
        payments.SendPaymentForm: payment.send_payment_form,
        auth.CheckPaidAuth: payment.check_paid_auth,
        # Other login methods
        auth.ExportLoginToken: qr.export_login_token,
        auth.ImportLoginToken: qr.import_login_token,
        auth.AcceptLoginToken: qr.accept_login_token,
        auth.ImportBotAuthorization: bot_and_token_login.import_bot_authorization,
        auth.ImportWebTokenAuthorization: bot_and_token_login.import_web_token_authorization,
        auth.CancelWebTokenAuthorization: bot_and_token_login.cancel_web_token_authorization,
        auth.ExportAuthorization: bot_and_token_login.export_authorization,
        auth.ImportAuthorization: bot_and_token_login.import_authorization,
        auth.InitPasskeyLogin: passkey.init_passkey_login,
        auth.FinishPasskeyLogin: passkey.finish_passkey_login,
        account.InitPasskeyRegistration: passkey.init_passkey_registration,
        account.RegisterPasskey: passkey.register_passkey,
        account.GetPasskeys: passkey.get_passkeys,
        account.DeletePasskey: passkey.delete_passkey,
        auth.InitFirebasePnvLogin: firebase_pnv.init_firebase_pnv_login,
        auth.FinishFirebasePnvLogin: firebase_pnv.finish_firebase_pnv_login,
        auth.FirebasePnvSignUp: firebase_pnv.firebase_pnv_sign_up,
        # Two-step verification
        account.GetPassword: password.get_password,
        auth.CheckPassword: password.check_password,
        account.GetPasswordSettings: password.get_password_settings,
        account.GetTmpPassword: password.get_tmp_password,
        account.UpdatePasswordSettings: password_settings.update_password_settings,
        account.ConfirmPasswordEmail: password_settings.confirm_password_email,
        account.ResendPasswordEmail: password_settings.resend_password_email,
        account.CancelPasswordEmail: password_settings.cancel_password_email,
        auth.RequestPasswordRecovery: recovery.request_password_recovery,
        auth.CheckRecoveryPassword: recovery.check_recovery_password,
        auth.RecoverPassword: recovery.recover_password,
        account.ResetPassword: recovery.reset_password,
        account.DeclinePasswordReset: recovery.decline_password_reset,
        # Phone numbers
        account.SendChangePhoneCode: phone.send_change_phone_code,
        account.ChangePhone: phone.change_phone,
        account.SendVerifyPhoneCode: phone.send_verify_phone_code,
        account.VerifyPhone: phone.verify_phone,
        account.SendConfirmPhoneCode: phone.send_confirm_phone_code,
        account.ConfirmPhone: phone.confirm_phone,
        # Sessions
        account.GetAuthorizations: sessions.get_authorizations,
        account.ResetAuthorization: sessions.reset_authorization,
        auth.ResetAuthorizations: sessions.reset_authorizations,
        account.ChangeAuthorizationSettings: sessions.change_authorization_settings,
        account.SetAuthorizationTTL: sessions.set_authorization_ttl,
        account.InvalidateSignInCodes: sessions.invalidate_sign_in_codes,
        account.GetWebAuthorizations: sessions.get_web_authorizations,
        account.ResetWebAuthorization: sessions.reset_web_authorization,
        account.ResetWebAuthorizations: sessions.reset_web_authorizations,
        auth.DropTempAuthKeys: config_methods.drop_temp_auth_keys,
        # Account deletion
        account.DeleteAccount: account_deletion.delete_account,
        account.GetAccountTTL: account_deletion.get_account_ttl,
        account.SetAccountTTL: account_deletion.set_account_ttl,
        # What every client requests
        help_.GetConfig: config_methods.get_config,
        help_.GetNearestDc: config_methods.get_nearest_dc,
        help_.GetCountriesList: config_methods.get_countries_list,
        help_.GetAppConfig: config_methods.get_app_config,
        help_.GetCdnConfig: config_methods.get_cdn_config,
        help_.GetTermsOfServiceUpdate: config_methods.get_terms_of_service_update,
        help_.AcceptTermsOfService: config_methods.accept_terms_of_service,
        account.UpdateStatus: config_methods.update_status,
        users.GetUsers: config_methods.get_users,
        users.GetFullUser: config_methods.get_full_user,
        updates.GetState: config_methods.get_state,
        updates.GetDifference: config_methods.get_difference,
    }
)
