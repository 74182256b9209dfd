"""Sign in whom an identity provider vouches for: a user who is bound to that subject, or to that mailbox."""

from api.access.sessions import Session, Sessions
from api.access.single_sign_on import Identity
from api.clock import Clock
from engine.errors import AccessError
from storage.access import bind_identity, user_by_login, user_by_subject
from storage.database import Database
from storage.ledger import append_line


def sign_in_by_identity(database: Database, clock: Clock, sessions: Sessions, identity: Identity) -> Session:
    """Their session. The first time, the verified mailbox must be the login of a user without a password.

    ``AccessError`` for everybody else: an administrator adds users, the provider does not.
    """
    with database.connection() as connection:
        user = user_by_subject(connection, identity.issuer, identity.subject)
        if user is None and identity.email_verified:
            user = user_by_login(connection, identity.email)
            if user is not None and (user.issuer is not None or user.password_hash is not None):
                user = None
            if user is not None:
                bind_identity(connection, user.id, identity.issuer, identity.subject)
                body = {"issuer": identity.issuer, "subject": identity.subject}
                append_line(connection, clock.now(), "user.bound", f"user:{user.login}", body)
    if user is None or not user.active:
        raise AccessError(
            "nobody of this service signs in by this identity",
            hint="an administrator adds the user, with the mailbox as login and no password",
            code="access.sign_in",
        )
    return Session(user.id, user.generation)
