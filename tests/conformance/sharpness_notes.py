"""What the table of the mutants does not show: cases that no mutant fails, and mutants that no case notices."""

from __future__ import annotations

from typing import Final

UNNOTICED_CASES: Final[dict[str, str]] = {
    "what a client without it cannot do, the control shows already: a peer that fails the control is not judged": """
        sent-code-sms sequence-numbers sequence-numbers-rise init-connection server-login server-password-parameters
    """,
    "a server that lacks it is not reached: the handshake comes first": """
        server-framing-abridged server-framing-intermediate server-framing-padded server-framing-full
        server-framing-obfuscated-abridged server-framing-obfuscated-intermediate server-framing-obfuscated-padded
    """,
    "a client that refuses it and begins again is judged by its second handshake, which is right": """
        dh-prime-other-safe generator-7
    """,
    "it only informs, and our engine takes one of the two ways with the mutants, too": """
        container-inside-gzip sent-code-email sent-code-email-set-up server-no-data-center
    """,
    "several further checks of our engine reject it, and no mutant removes them all": """
        password-prime-short password-algorithm-unknown server-message-id-old server-same-message-id
    """,
    "what decides stands in the adapters, which are not mutated: they ask for a code five times": """
        code-refused
    """,
    "our client's program sends no container while the case looks": """
        container-ids
    """,
    "our client does the wrong thing only after more time or more bytes than the case has": """
        gzip-of-32-mib acknowledges-no-more
    """,
    "what would let it pass is not one check: our client takes the time from decrypted messages only": """
        time-of-unauthentic-packet
    """,
}
"""Reason -> cases. Found by reading, not by a run."""

UNNOTICED_MUTANTS: Final[dict[str, str]] = {
    "another check rejects the same, or another place repairs it: alone it changes nothing that a peer sees": r"""
        MS24: that the message refers to us (handle_bad_msg_notification)
        MS24: that the answer is one to us (_answers_us)
        MS24: that replays do not set the clock (check_early)
        MS5: that what came before is not refused for its salt or its age (accept_outer)
        HS3: the size of pq (_split_pq)
        HS3: the range of pq (_begin)
        HS3: a prime pq (_begin)
        HS3: a pq of more than two primes (_end)
        HS5: the hash of what is opened (rsa_unpad)
        HS5: the length of what is opened (decrypt)
        HS7: an answer that is empty (open_inner)
        HS9: the size of the prime (check_group)
        HS11: the ends of the range (check_public)
        HS14: the hash of dh_gen_fail (_on_dh_gen)
        HS14: the hash of server_DH_params_fail (_on_dh_params)
        HS17: the key id of a plain message (open_plain)
        HS17: the padding of a plain message (step)
        HS17: the order of the answers (_decode)
        HS17: plain messages on a link that is encrypted (_on_packet)
        HS17: messages of the handshake inside encrypted ones (on_handshake_message)
        HS20: the length of B (proof)
        TR1: the largest size, intermediate (_read_packets)
        TR2: the smallest size, full and HTTP (_check_length)
        TR2: the smallest size, abridged (_read_packets)
        TR2: multiples of 4, intermediate (_read_packets)
        TR3: codes, which are no messages (_classify)
        TR5: the least length (_read_packets)
        TR9: patience for the long form (_read_packets)
        TR9: patience for a checksum (_read_packets)
        TR1: the largest size for a server (__init__)
        TR1: the largest size for a client (__init__)
        EN1: the least size (decrypt_message)
        EN5: negative lengths (decrypt_message)
        EN5: lengths beyond what is there (decrypt_message)
        MS9: the beginning of a session (SendQueue.begin_session)
        MS13: the count (split)
        MS13: multiples of 4 (split)
        MS13: lengths below 4 (split)
        MS13: a container in gzip (unpack_gzip)
        MS15: what is cut short (inflate)
        MS22: as many states as messages (apply_states)
        MS18: the functions that never carry initConnection (_on_rpc_error)
        MS2: the past (check_time)
        MS18: 16 (check_time)
        MS18: 19 (ServerMessageFilter.accept)
        MS3: that the same container is no offence (_is_another)
        MS18: 20 (ServerMessageFilter.accept)
        MS18: 33 (SeqnoOrder.accept)
        TL3: the failure of one request (dispatch)
        TL3: unknown methods (_is_method)
        TL1: the count of a boxed vector (vector, vector_count)
        TL1: the count of a bare vector (vector, bare_vector_count)
        TL1: the size of the items (vector, vector_count)
        TL2: the length of a string (string)
        TL3: an unknown constructor where a type is declared (unknown)
        TL4: the depth of packed values (packed, pure_codec.unpack)
        TL4: a stack that is used up (first)
        TL6: the patience with unknown bits (decode, fields)
        TL8: what is packed (pure_codec.unpack, root)
        TL8: what is packed inside (boxed)
        MS45: what is encrypted afresh (note_packet)
        TL9: the objects outside vectors (fields)
        AU3: data centers (_match)
    """,
    "the protocol leaves open what a peer does then, and the cases accept each way in which it goes on": r"""
        EN8: the same silence, from the server (_on_violation)
        MS2: the future (ClientMessageFilter.accept)
        MS17: rejections of what we did not send (handle_bad_msg_notification)
        MS18: the remedy for MSG_ID_TOO_LOW (ACTIONS)
        MS18: the remedy for MSG_ID_TOO_HIGH (ACTIONS)
        MS18: the remedy for MSG_ID_PARITY (ACTIONS)
        MS18: the remedy for CONTAINER_ID_REUSED (ACTIONS)
        MS18: the remedy for SEQNO_TOO_LOW (ACTIONS)
        MS18: the remedy for SEQNO_TOO_HIGH (ACTIONS)
        MS18: the remedy for EVEN_SEQNO_EXPECTED (ACTIONS)
        MS18: the remedy for ODD_SEQNO_EXPECTED (ACTIONS)
        MS18: the remedy for INVALID_CONTAINER (ACTIONS)
        MS18: the ids that may fall again with the clock (handle_bad_msg_notification)
        MS18: the new session (handle_bad_msg_notification)
        MS18: unknown codes (action_for)
        MS20: the order of what is sent again (pop_sent_before)
        MS21: that no acknowledgement is given (on_msg_detailed_info)
        MS21: that nothing is asked for that is here (on_msg_detailed_info)
        MS21: that nothing is requested that is not needed (on_msg_detailed_info)
        MS22: the bits beside the state (apply_states)
        MS27: something new before what comes again (on_reconnect)
    """,
    "the clocks of the suite and of our peers agree, in memory: nothing is to be corrected": r"""
        MS2: the wait for the clocks to be compared (ClientMessageFilter.accept)
        MS18: the clock (handle_bad_msg_notification)
        MS2: the question for the time (check_early)
        HS16: the first salt of a key (_salt)
    """,
    "it is a bound of memory, processor time, number or traffic, and a case stays below it": r"""
        HS17: the bound of what arrives during a computation (Offload.hold)
        TR1: the largest size, fake TLS (_record_size)
        TR1: the size of a TLS ClientHello (_read_hello)
        TR12: what the proof decides (add)
        TR12: the bound of that memory (add)
        MS3: the bottom of the memory (ReplayWindow.accept)
        MS10: the bound of number (_find_deadline)
        MS12: the count of our containers (_next_batch)
        MS12: the size of our containers (_next_batch)
        MS12: the count of theirs (split)
        MS15: the size (inflate)
        MS15: the ratio (inflate)
        MS15: the few kilobytes that are no bomb (inflate)
        MS15: the bound while inflating (inflate)
        MS15: the sum over one input (packed, pure_codec.unpack)
        MS18: the bound of rejections (_send_again)
        MS18: the bound of losses (count_resend)
        MS22: what is forgotten (state)
        MS23: the bounded rate (take_request)
        MS23: that it is not asked while enough are known (take_request)
        MS23: one question at a time (request_internal)
        MS18: the bound of sessions that are refused in a row (RequestQueue.begin_session)
        MS18: the bound of what the server asks for (on_msg_resend_req)
        MS10: that what is acknowledged is forgotten (acknowledged)
        MS23: the wait between two lists of salts (take_future_salts)
        MS23: the bound of salts that are sent (take_future_salts)
        MS25: however long a client wants (on_ping_delay_disconnect)
        MS26: requests that the window has forgotten (ServerMessageFilter.accept)
        MS27: what a session has seen that made room (drop_session)
        MS27: the bound of more of them than are remembered (_remember)
        MS12: the share of a message (of)
        MS28: silence when it is full (remember)
        MS45: the bound of what made room (add)
        TL9: the items of vectors (vector)
        AU2: the bound of rounds (_advance)
        AU4: how long (may_wait)
    """,
    "it needs more time, or more lost connections, than a case has": r"""
        MS24: the range of clocks (synchronise)
        MS5: the second acknowledgement (_drop_duplicate)
        MS5: that what wants no acknowledgement gets none (_drop_duplicate)
        EN7: strange sessions (receive_packet)
        MS9: the numbers of what goes again into a new session (SendQueue.begin_session)
        MS10: the wait for company (_find_deadline)
        MS10: the wait for a group (join_others)
        MS10: the group that leaves with others (join_others)
        MS10: the end of patience (join_others)
        MS17: salts that we did not ask for (on_future_salts)
        MS17: states that we did not ask for (on_msgs_state_info)
        MS18: that the message has not left again meanwhile (_send_again)
        MS18: that the request has not left again meanwhile (apply_states)
        MS20: that it counts once (on_new_session_created)
        MS20: the salt (on_new_session_created)
        MS20: the sending again (on_new_session_created)
        MS22: the sending again (apply_states)
        MS22: the patience with what may still arrive (_handle_missing)
        MS22: the old numbers of what may still arrive (_handle_missing)
        MS22: the question about silent requests (handle_deadline)
        MS23: the margin (advance)
        MS23: the order (set_future)
        MS23: the server's time (packets_to_send)
        MS23: the question (take_request)
        MS25: the probe (should_ping)
        MS25: the end (should_ping)
        MS25: the pong (on_receive)
        MS25: the pings on a busy link (deadline)
        MS25: that a new link owes no pings (Keepalive.connection_made)
        MS26: that what was meant for the old link is not sent again (ClientSession.connection_made)
        MS26: that it waits once in the queue (SendQueue.enqueue)
        MS41: the permanent key is kept (_on_key_not_found)
        MS41: what has left waits under the key that may be lost (_on_key_not_found)
        MS41: what has left is not sent again under another key (abandon_sent)
        MS37: that what was forgotten may have been executed (_handle_missing)
        MS18: a refused request to end a session (handle_bad_msg_notification)
        MS18: the answers about old sessions (complete)
        MS37: the end of an old session over the next link (on_reconnect)
        MS37: what was acknowledged in a lost session (on_new_session_created)
        MS3: that a message that was refused leaves no gap (ServerMessageFilter.accept)
        MS10: acknowledgements (dispatch)
        MS10: the deadline of acknowledgements (next_deadline)
        MS20: the announcement that was lost (attach)
        MS23: the rotation (_period)
        MS23: the salt before (accepts)
        MS23: the end of a salt (accepts)
        MS26: the answer again (_drop_duplicate)
        MS26: answers that go along to another link (_join)
        MS26: that the old link is silent (sessions)
        MS26: that what was refused may come again (reject)
        MS26: that a wrong number may come again (ServerMessageFilter.accept)
        MS27: that a rejection opens none (_on_encrypted)
        MS27: that a replay keeps no connection (_on_encrypted)
        MS27: what is answered again (_on_encrypted)
        MS22: that below the first message of a session nothing was received (ServerMessageFilter.state)
        MS37: what earlier sessions may have received (ServerMessageFilter.state)
        MS22: the age of what earlier sessions may have received (_make_session)
    """,
    "it is an order of steps or a memory inside, which no answer depends on in a case": r"""
        EN3: the comparison before the fields are read (decrypt_message)
        EN6: 1024 bytes of padding, which are not too many (decrypt_message)
    """,
    "it happens once in 2^32 times or less": r"""
        HS5: another draw when the block is not below the modulus (rsa_pad)
        HS5: the range of what is opened (decrypt)
        HS14: a key id that exists already (_on_client_dh_params)
        HS14: the bound of the server's retries (_ask_again)
        HS20: the range of A (_usable_exponent)
        HS20: a scrambler that is not zero (_usable_exponent)
        TR8: the second draw (generate_header)
        TR8: the forbidden beginnings (is_forbidden)
        TR8: the second word (is_forbidden)
        TR8: the beginning 'b"\\xef",' (_FORBIDDEN)
        TR8: the beginning 'b"HEAD",' (_FORBIDDEN)
        TR8: the beginning 'b"POST",' (_FORBIDDEN)
        TR8: the beginning 'b"GET ",' (_FORBIDDEN)
        TR8: the beginning 'b"OPTI",' (_FORBIDDEN)
        TR8: the beginning 'b"\\xdd\\xdd\\xdd\\xdd",  #' (_FORBIDDEN)
        TR8: the beginning 'b"\\xee\\xee\\xee\\xee",  #' (_FORBIDDEN)
        TR8: the beginning 'b"\\x16\\x03\\x01",' (_FORBIDDEN)
    """,
    "it guards our own program, settings or source of randomness: no peer causes it": r"""
        HS5: the length of the data (rsa_pad)
        HS6: 10000 more for test data centers (wire_dc_id)
        HS6: the sign of media addresses (wire_dc_id)
        HS9: the known prime, which is recognised (check_group)
        HS20: the server's part of a new salt (new_algorithm)
        HS20: the way of hashing a new password (new_algorithm)
        MS7: multiples of 4 (next_id)
        MS15: that we pack nothing that is taken for a bomb (build_body)
        MS23: one salt at least (take_future_salts)
        TL7: the bits of flags (set_bit)
        TL9: the number of objects that are read step by step (spend)
        AU1: the table (receive_result)
        AU1: what counts (receive_result)
    """,
    "it changes what the application is told, and not what is sent": r"""
        MS17: the kind of request that a pong answers (on_pong)
        MS17: the kind of request that future_salts answer (on_future_salts)
        MS20: the event (on_new_session_created)
        MS26: that one trace is left (reissue_new_id)
        TL3: the name of what is unknown (_what_is_unreadable)
        TL3: the bytes of what is unknown (unknown)
        TL3: the bytes of an answer that cannot be read (fail)
    """,
    "it concerns a framing, a setting or a feature that our peers in the suite do not use": r"""
        HS5: the rejection of the old padding (_open_inner_data)
        HS6: the expiry of a temporary key (_inner_data)
        HS6: test and media addresses (_check_dc)
        HS6: the rejection of clients that name none (_check_dc)
        HS19: the introduction after a binding (on_key_bound)
        TR1: the largest size, full and HTTP (_check_length)
        TR1: the largest size, abridged (_read_packets)
        TR1: the size that an HTTP message announces (announce)
        TR1: the size of an HTTP body that announces none (extend)
        TR3: the code that means nothing (_read_code)
        TR3: positive codes, and codes of a client (_read_code)
        TR4: tokens that were not requested (_take_quick_ack)
        TR4: one token for each packet (_take_quick_ack)
        TR4: the order of the token's bytes, abridged (_read_packets)
        TR4: tokens of no request (QuickAcks.pop)
        TR5: the length and number in the checksum (_read_packets)
        TR8: headers of no framing (_open_as_server)
        MS7: the container's id above its children's (iter_packets)
        MS26: that a second connection over HTTP loses nothing (ClientSession.connection_made)
        MS26: that a connection over HTTP has ended (ClientHttpPolls.end)
        MS26: the asking anew of MTProto's own functions (on_reconnect)
        MS20: the first message in a container (_on_new_packet)
    """,
}
"""Reason -> removed checks of tests/removed_checks, one a line. Found by reading, not by a run."""

NO_CASE: Final[dict[str, str]] = {
    "the suite speaks neither HTTP nor the WEB proxy, and does not look at the fields of a ClientHello": """
        HS21 HS22 TR11 TR16 TR17 TR18 TR19 TR20 TR21 TR22 TR23 TR24
    """,
    "it needs more time, or more lost connections, than a case has": """
        HS15 MS8 MS31 MS38 MS39 MS44 MS48
    """,
    "it is a bound of memory, processor time, number or traffic, which a case does not reach": """
        MS6 MS11 MS30 MS33 MS34 MS40 MS46 MS47 MS49 TR14 TR15
    """,
    "it guards our own program, or what we encode": """
        HS13 MS35 TL10
    """,
    "programs for the suite do not use it: temporary keys, addresses of data centers, invokeAfterMsg": """
        HS18 L1 MS29 MS42 MS43 MS50 MS51
    """,
    "the cases of another check show it: EN9, EN3, HS5, and for the framings TR9": """
        L2 L3 L4 TR6 TR7 TR10
    """,
    "a case that refuses a container with a request was tried: clients that log in send none": """
        MS19
    """,
    "the cases of MS18 show what a client sends again after a rejection": """
        MS36
    """,
}
"""Reason -> checks without a case: their mutants are not run."""

TOGETHER: Final[tuple[tuple[str, ...], ...]] = (
    ("HS9: the size of the prime (check_group)", "HS12: the distance from the ends (check_public)"),
    (
        "HS10: the range of the generator (check_group)",
        "HS11: the ends of the range (check_public)",
        "HS12: the distance from the ends (check_public)",
    ),
    ("HS11: the ends of the range (check_public)", "HS12: the distance from the ends (check_public)"),
    ("HS17: the order of the answers (_decode)", "HS17: the order of the requests (_expect)"),
    (
        "HS20: the group (_checked_group)",
        "HS20: the length of B (proof)",
        "HS12: the distance from the ends (check_public)",
    ),
    ("HS20: the length of B (proof)", "HS20: the range of B (proof)", "HS20: the range of B - k * v (proof)"),
    ("EN4: multiples of 4 (decrypt_message)", "TL9: what is left over (decode, ends)"),
    (
        "EN5: lengths beyond what is there (decrypt_message)",
        "EN6: the least padding (decrypt_message)",
        "TL9: what is left over (decode, ends)",
    ),
    ("MS13: lengths below 4 (split)", "MS13: what is left over (split)"),
    ("TL1: the count of a boxed vector (vector, vector_count)", "TL9: the end of the input (take)"),
    ("TL2: the length of a string (string)", "TL9: what is left over (decode, ends)"),
)
"""Mutants that are applied together: what several checks of our engine reject."""
