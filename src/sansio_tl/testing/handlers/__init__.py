"""The methods that an embedded data center answers, by theme. Each handler is a function of a `RequestContext` and a
query.

A handler returns the result or raises the `RpcError` that the method is known to answer; which are those is written in
the error catalogue. It changes the state that it was given and nothing else.
"""
