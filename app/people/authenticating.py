"""Find the person behind a key or a console session."""


def by_key(request):
    return None


def by_session(request):
    return None
