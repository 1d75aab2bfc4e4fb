"""`sansio-tl bench`: measures the codec on the user's own payloads, beside Telethon if it is installed."""
