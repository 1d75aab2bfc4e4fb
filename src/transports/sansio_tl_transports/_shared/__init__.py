"""What the adapters share. Nothing here touches a socket."""
