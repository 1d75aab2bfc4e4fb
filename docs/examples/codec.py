"""Encode and decode without a connection."""

from sansio_tl import decode, encode, functions, types

request = functions.auth.ResendCode(phone_number="+99966 2 0001", phone_code_hash="2cca6cbb7a5d")
data = encode(request)
print(len(data), "bytes; decoded equals encoded:", decode(data) == request)

answer = decode(bytes.fromhex("0225005e 04000000 a2bb00c0 05000000 0c326363 61366362 62376135 64000000 3c000000"))
match answer:
    case types.auth.SentCode(type=types.auth.SentCodeTypeSms(length=length), timeout=timeout):
        print("an SMS with", length, "digits was sent; another one after", timeout, "seconds")
