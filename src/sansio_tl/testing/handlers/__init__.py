"""The methods that an embedded data center answers, by subject. Each handler is a function of a `RequestContext` and a
query.

A handler returns the result or raises an `RpcError` that is documented for the method in the error catalogue. It
changes the state in its context and nothing else.
"""
