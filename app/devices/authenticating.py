"""Find the device behind a token."""


def by_token(request):
    return None
