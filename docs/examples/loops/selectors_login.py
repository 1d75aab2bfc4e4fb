"""Log in with a driver of your own: here that for selectors, in selectors_driver.py."""

import os
import sys
from getpass import getpass

from selectors_driver import Driver

from sansio_tl import Client, ClientConfig, Config, auth, events
from sansio_tl.client import ClientEvent
from sansio_tl_transports import Clock


def main(config: ClientConfig, api_hash: str, phone_number: str) -> None:
    """Log a user in: the flow runs until it needs input, and goes on with it."""
    clock = Clock()
    client = Client(config, entropy=os.urandom, now=clock())
    driver = Driver(client, clock, lambda event: on_event(driver, event))
    flow = auth.log_in(phone_number, api_id=config.connection_config.api_id, api_hash=api_hash)
    client.run(flow, now=clock())
    driver.pump()
    while not flow.finished:
        driver.step()
    print("Logged in as", client.user_id)
    client.close(now=clock())
    driver.pump()


def on_event(driver: Driver, event: ClientEvent) -> None:
    """Answer what the flow asks for, and let it go on."""
    match event:
        case events.InputRequired(flow=auth.PhoneCodeFlow() as flow, prompt=prompt):
            if flow.error is not None:
                print(flow.error.message)
            match prompt:
                case auth.NumberPrompt():
                    flow.send_code(input("Phone number: "))
                case auth.CodePrompt(via=via):
                    flow.enter_code(input(f"Code ({via.value}): "))
                case auth.PasswordPrompt(hint=hint):
                    flow.enter_password(getpass(f"Password ({hint}): "), entropy=os.urandom)
                case auth.SignUpPrompt():
                    flow.sign_up(input("Your first name: "))
                case _:
                    sys.exit(f"This program does not support {prompt}")
            driver.client.run(flow, now=driver.clock())
            driver.pump()
        case events.FlowFailed(error=error):
            sys.exit(f"The login has failed: {error}")
        case _:
            pass


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(f"usage: {sys.argv[0]} API_ID API_HASH PHONE_NUMBER")
    _, api_id, api_hash, phone_number = sys.argv
    main(ClientConfig(connection_config=Config(api_id=int(api_id))), api_hash, phone_number)
