"""What an operator may set, read from the environment and from one optional TOML file.

A value comes from, in this order: the environment (`NOBODYASKED_PORT`), the file (`port = 8000`), the default. The file is
the one that `NOBODYASKED_CONFIG` names, else `nobodyasked.toml` in the working directory where there is one.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from ..models.privacy.seal import SECRET_LEAST

__all__ = [
    "CONFIG_VARIABLE",
    "DEFAULT_FILE",
    "PREFIX",
    "Settings",
    "SettingsError",
    "load_settings",
    "safe_address",
    "settings_table",
]

PREFIX = "NOBODYASKED_"
CONFIG_VARIABLE = PREFIX + "CONFIG"
DEFAULT_FILE = "nobodyasked.toml"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""What an operator may allow: a secret that both sides know would let whoever checks tokens make them."""
ROLES = ("READER", "CONTRIBUTOR", "CURATOR", "ADMIN")


class SettingsError(Exception):
    """A setting is wrong; the message names it and says what to change, and never repeats a secret."""


def config_file() -> Path | None:
    """The settings file in force: the one that `NOBODYASKED_CONFIG` names (whether it exists or not), else the default one."""
    named = os.environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named)
    default = Path(DEFAULT_FILE)
    return default if default.is_file() else None


class Settings(BaseSettings):
    """Every setting. Lists are written with commas in the environment and as arrays in the file."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, validate_default=True, env_ignore_empty=True
    )

    data_dir: Path = Field(
        Path(".data"),
        description="Folder for what this server keeps beside its database: model files, the demo's token.",
    )
    database_url: str = Field(
        default_factory=lambda data: f"sqlite:///{Path(data.get('data_dir', '.data')).as_posix()}/nobodyasked.db",
        repr=False,
        description=(
            "Where the data lives: `sqlite:///relative/path.db`, `sqlite:////absolute/path.db` or `postgresql://user:password@host/database`. "
            "Without it, `nobodyasked.db` in the data folder."
        ),
    )
    database_pool: int = Field(8, ge=1, le=200, description="Connections that one process may hold to the database.")
    auto_migrate: bool = Field(True, description="Bring the tables up to date when the server starts.")

    host: str = Field(
        "127.0.0.1", min_length=1, description="Address to listen on; `0.0.0.0` for every network of the machine."
    )
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes any free one.")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description=(
            "Names under which this server may be asked for (`needs.example.com`, `*.example.com` for all below one), comma-separated; `*` for any. "
            "Those of the loopback, `HOST` and addresses in numbers always are."
        ),
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Origins of other sites whose pages may call this server (`https://app.example.com`), comma-separated; `*` for any. Its own pages always may.",
    )
    anonymous_role: Literal["none", "READER"] = Field(
        "none", description="What a caller without a token may do: `none`, or `READER` to let anyone read."
    )
    oidc_issuer: str = Field(
        "",
        description="Identity provider (OpenID Connect) whose tokens are taken too, by the address that stands in them as `iss`; none without it.",
    )
    oidc_audience: str = Field(
        "",
        description="What those tokens must be meant for (`aud`): the name under which the provider knows this server.",
    )
    oidc_keys_url: str = Field(
        "", description="Where the provider's keys (JWKS) lie; without it, its discovery document tells."
    )
    oidc_algorithms: Annotated[tuple[str, ...], NoDecode] = Field(
        ("RS256", "ES256"),
        description="Signature algorithms that are taken, comma-separated; symmetric ones cannot be.",
    )
    oidc_role_claim: str = Field(
        "roles",
        min_length=1,
        description="Claim that holds a role or a list of them, the highest of which counts; `realm_access.roles` for one inside another.",
    )
    oidc_roles: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="What the claim's values mean (`analysts=READER,pm=CURATOR`), comma-separated; without it they are the names of the roles.",
    )
    oidc_name_claim: str = Field(
        "name", min_length=1, description="Claim that names a person who comes for the first time."
    )
    oidc_client_id: str = Field(
        "",
        description="Name under which the provider knows GraphiQL, a public client: with it, people sign in on the page; without it, they paste a token.",
    )
    oidc_scopes: str = Field(
        "openid profile",
        pattern=r"^([!#-\[\]-~]+ )*openid( [!#-\[\]-~]+)*$",
        description="What GraphiQL asks the provider for, in words with spaces between them, `openid` among them.",
    )
    trusted_documents: Path | None = Field(
        None,
        description='JSON file of documents by their ids (`{"id": "query ..."}`): with it, no other document is run, whoever asks.',
    )
    introspection: bool = Field(True, description="Answer questions about the schema itself.")
    graphiql: bool = Field(True, description="Serve the GraphiQL page to browsers at `/graphql`.")

    embedder: str = Field(
        "minilm",
        description=(
            "What turns text into vectors: `minilm` (a small language model, by meaning), `hashed` (words only: fast, coarse, no model files), "
            "`sentence-transformers:NAME` (a model on this machine, by name or folder; that package must be installed) or `openai` (an endpoint)."
        ),
    )
    embedder_url: str = Field(
        "",
        description="Base of the endpoint of `openai`, such as `https://api.example.com/v1`; texts are sent to `/embeddings` below it.",
    )
    embedder_model: str = Field("", description="The endpoint's model.")
    embedder_dimensions: int = Field(
        0, ge=0, le=16_384, description="Numbers in a vector of the endpoint's model; other answers are refused."
    )
    embedder_key: SecretStr | None = Field(
        None, min_length=1, exclude=True, repr=False, description="Secret that the endpoint asks for, if it does."
    )
    embedder_timeout_seconds: float = Field(
        30.0, gt=0, le=600, description="Longest wait for one answer of the endpoint; a call is tried 4 times."
    )
    vector_cache_bytes: int = Field(
        256 * 1024 * 1024,
        ge=0,
        description="Disk in the data folder for vectors of texts, so that none is embedded twice; 0 keeps none.",
    )
    language_model_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s?#]+$",
        description=(
            "Base address of an OpenAI-compatible endpoint (`https://host/v1`) that may propose how needs are worded. "
            "Redacted quotes of customers are sent to it. Without it, nothing leaves this machine."
        ),
    )
    language_model: str = Field(
        "default", min_length=1, description="Name of the model that the endpoint of `LANGUAGE_MODEL_URL` is asked for."
    )
    language_model_key: SecretStr | None = Field(
        None, exclude=True, repr=False, description="Secret that the endpoint asks for, if any."
    )
    webhook_url: str = Field(
        "",
        description=(
            "Where customers are told of what shipped through a system of yours: each notice is a signed POST. "
            "Without it and a mail server, people tell them by hand."
        ),
    )
    webhook_secret: SecretStr | None = Field(
        None, min_length=24, exclude=True, repr=False, description="Secret that signs webhooks (HMAC-SHA-256)."
    )
    smtp_host: str = Field("", description="Mail server by which customers are told whose address is known.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the way to the mail server is secured."
    )
    smtp_user: str = Field("", description="Name to log in to the mail server with, if it asks for one.")
    smtp_password: SecretStr | None = Field(
        None, exclude=True, repr=False, description="Password that belongs to `SMTP_USER`."
    )
    mail_from: str = Field("", description="Address that customers are written to from; their answers go there.")
    notice_attempts: int = Field(
        8, ge=1, le=50, description="Attempts to send a notice, with growing waits, before it is left to people."
    )
    alert_seconds: float = Field(
        600.0,
        ge=0,
        le=86_400,
        description="Time between two looks for alerts, in this and the past week; 0 never looks.",
    )
    viral_reach: int = Field(
        10_000,
        ge=1,
        description="People reached by grave words about one need in one week, from which an alert tells that it may go viral.",
    )
    worker: bool = Field(
        True, description="Run inference in this process. Switch it off where another process of yours does."
    )

    body_limit_bytes: int = Field(4 * 1024 * 1024, ge=1024, description="Largest request body.")
    page_limit: int = Field(100, ge=1, le=100_000, description="Most items that one page of a connection may hold.")
    token_limit: int = Field(10_000, ge=100, description="Most lexical tokens (names, braces, values) in one query.")
    depth_limit: int = Field(20, ge=3, description="Deepest nesting of fields in one query.")
    alias_limit: int = Field(100, ge=0, description="Most aliases in one query.")
    root_field_limit: int = Field(30, ge=1, description="Most fields at the root of one query.")
    cost_limit: int = Field(
        100_000, ge=1, description="Most things that one query could return: its page sizes, multiplied down the tree."
    )
    rate_limit: int = Field(
        0,
        ge=0,
        description="Points that a token, or an address without one, may use in a minute: a point for each thing that an answer may hold, 10 for each change; 0 for no limit.",
    )
    rate_limit_shared: bool = Field(
        False,
        description="Count points, and the requests of addresses, in the database, where several server processes count together.",
    )
    address_rate_limit: int = Field(
        0, ge=0, description="Requests that one address may send in a minute, with a token or without; 0 for no limit."
    )
    proxy_hops: int = Field(
        0,
        ge=0,
        le=10,
        description="Proxies of yours before this server, whose `X-Forwarded-For` tells who asks; 0 believes nobody's.",
    )
    subscription_limit: int = Field(50, ge=1, description="Most subscriptions open at a time on one connection.")
    operation_limit: int = Field(
        128, ge=1, description="Operations that one process works on at a time; further ones wait for their turn."
    )
    queue_limit: int = Field(
        1_000, ge=0, description="Most operations that wait for their turn; further ones are refused with 503."
    )
    queue_seconds: float = Field(
        2.0, gt=0, description="Longest time that an operation waits for its turn; then it is refused with 503."
    )
    subscriber_limit: int = Field(
        20_000, ge=1, description="Most subscriptions open at a time in one process; further ones are refused with 503."
    )
    connection_limit: int = Field(
        16_384,
        ge=16,
        description="Most connections open at a time to one process, as far as its limit of open files allows; further ones are refused with 503.",
    )
    response_cache_bytes: int = Field(
        32 * 1024 * 1024,
        ge=0,
        description="Memory for finished answers, which are given again while nothing they were read from has changed; 0 keeps none.",
    )
    request_timeout_seconds: float = Field(30.0, gt=0, description="Longest time that a query may take.")
    shutdown_seconds: float = Field(
        10.0, ge=0, description="Time that open requests get to finish when the server stops."
    )

    pseudonym_key: SecretStr | None = Field(
        None,
        min_length=16,
        exclude=True,
        repr=False,
        description=(
            "Secret under which e-mail addresses, phone numbers and names become customer keys. Without it, one is made and kept in the "
            "data folder, or in the PostgreSQL database, where a copy of the database tells it as well."
        ),
    )

    redact: bool = Field(
        True,
        description=(
            "Put placeholders such as `[e-mail]` and `[name]` in the place of personal data in texts, before anything is kept of them. "
            "What came in before stays as it is."
        ),
    )

    least_customers: int = Field(
        3,
        ge=1,
        le=1_000,
        description=(
            "Fewest customers of a break-down's cell that READER sees, and the step in which it sees counts; 1 shows every cell as it"
            " is."
        ),
    )

    slow_query_seconds: float = Field(
        1.0,
        ge=0,
        description="Time from which an operation is told in the log, by the digest of its document; 0 tells of none.",
    )
    seal_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        exclude=True,
        repr=False,
        description=(
            "Secrets of 32 characters or more under which the originals of redacted texts are kept, for ADMIN alone; comma-separated. The first "
            "seals, all unseal. Without any, SQLite's is made and kept in the data folder, and PostgreSQL keeps no originals."
        ),
    )

    log_format: Literal["text", "json"] = Field(
        "text", description="Shape of log lines: `text` for people, `json` for machines."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least weight of a message that is logged."
    )

    @field_validator("oidc_audience", "oidc_keys_url", "oidc_client_id")
    @classmethod
    def _with_issuer(cls, value: str, info: ValidationInfo) -> str:
        issuer = info.data.get("oidc_issuer")
        if info.field_name == "oidc_client_id" and value and not issuer:
            raise ValueError("there is no provider to sign in with: set OIDC_ISSUER as well")
        if info.field_name == "oidc_audience" and issuer and not value:
            raise ValueError("an identity provider needs it: a token for another server must not open this one")
        if info.field_name == "oidc_keys_url" and value and not safe_address(value):
            raise ValueError("write it as https://host/path")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        if value and not safe_address(value):
            raise ValueError("write it as https://host, exactly as it stands in the tokens")
        return value

    @field_validator("oidc_algorithms")
    @classmethod
    def _signed_by(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or not {*value} <= {*ALGORITHMS}:
            raise ValueError(f"it takes {', '.join(ALGORITHMS)}")
        return value

    @field_validator("oidc_roles")
    @classmethod
    def _mapped(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pair in value:
            name, _, role = pair.partition("=")
            if not name or role not in ROLES:
                raise ValueError(f"'{pair}' names no role: write it as analysts=READER,pm=CURATOR")
        return value

    @field_validator("allowed_hosts", "allowed_origins", "oidc_algorithms", "oidc_roles", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        value = tuple(origin.rstrip("/") for origin in value)
        for origin in value:
            parts = urlsplit(origin)
            if origin != "*" and (parts.scheme not in ("http", "https") or not parts.netloc or parts.path):
                raise ValueError(f"'{origin}' is not an origin: write it as https://host or https://host:port")
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name != "*" and not re.fullmatch(r"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?", name):
                raise ValueError(f"'{name}' is not a name: write it as host.example.com, without a scheme or a port")
        return value

    @field_validator("seal_keys", mode="before")
    @classmethod
    def _keys(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("seal_keys")
    @classmethod
    def _long_enough(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(key.get_secret_value()) < SECRET_LEAST for key in value):
            raise ValueError(f"each key takes {SECRET_LEAST} characters or more")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if value.startswith("sqlite:///") and len(value) > len("sqlite:///"):
            return value
        if value.startswith(("postgresql://", "postgres://")):
            return value
        raise ValueError(
            "write it as sqlite:///relative/path.db, sqlite:////absolute/path.db or postgresql://user:password@host/database"
        )

    @field_validator("embedder")
    @classmethod
    def _embedder(cls, value: str) -> str:
        name, _, model = value.partition(":")
        if value in ("minilm", "hashed", "openai") or (name == "sentence-transformers" and model):
            return value
        raise ValueError(f"'{value}' is none of minilm, hashed, sentence-transformers:NAME and openai")

    @field_validator("embedder_url", "embedder_model", "embedder_dimensions")
    @classmethod
    def _endpoint(cls, value: str | int, info: ValidationInfo) -> str | int:
        if info.data.get("embedder") == "openai" and not value:
            raise ValueError("the embedder 'openai' needs it")
        if info.field_name == "embedder_url" and value:
            parts = urlsplit(str(value))
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
                raise ValueError("write it as https://host/path, without a password or a query")
        return value

    @field_validator("webhook_url")
    @classmethod
    def _webhook(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.username):
            raise ValueError("write it as https://host/path, without a password")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _signed(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if info.data.get("webhook_url") and value is None:
            raise ValueError("a webhook needs it, so that whoever receives it can tell who sent it")
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("smtp_host") and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", value):
            raise ValueError("a mail server needs it: write it as name@host")
        return value

    @property
    def database_label(self) -> str:
        """The database URL without its password, fit for people and logs."""
        return hide_password(self.database_url)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = config_file()
        if file is None:
            return init_settings, env_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)


def safe_address(url: str) -> bool:
    """Whether keys may come from an address: nobody on the way can change them."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and host in ("127.0.0.1", "::1", "localhost"))
    )


def hide_password(url: str) -> str:
    """A URL with `***` for its password, in its authority or its query; a URL that cannot be read shows its scheme alone."""
    scheme = url.partition("://")[0]
    try:
        parts = urlsplit(url)
        if parts.hostname is None:
            return url if scheme == "sqlite" else f"{scheme}://***"
        netloc = parts.netloc.rpartition("@")[2]
        if parts.username is not None:
            netloc = f"{parts.username}:***@{netloc}" if parts.password is not None else f"{parts.username}@{netloc}"
        # what stands behind "?" may hold a password too; nobody needs it to tell one database from another
        return urlunsplit((parts.scheme, netloc, parts.path, "***" if parts.query else "", ""))
    except ValueError:
        return f"{scheme}://***"


def load_settings(**overrides: Any) -> Settings:
    """The settings in force, `overrides` (from the command line) first. Raises SettingsError with every fault in one message."""
    file = config_file()
    if file is not None and not file.is_file():
        raise SettingsError(
            f"{CONFIG_VARIABLE} names the file {file}, which is not there: correct the path or unset the variable."
        )
    unknown = unknown_variables(os.environ)
    if unknown:
        raise SettingsError("\n".join(unknown))
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError("\n".join(_describe(fault, file) for fault in error.errors(include_url=False))) from None
    except (ValueError, OSError) as error:
        # the file cannot be read or is not TOML; tomllib tells line and column, never the contents
        raise SettingsError(f"The settings file {file} cannot be read: {error}") from None


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """A message for each variable that begins with our prefix and sets nothing: most likely a slip of the pen."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {CONFIG_VARIABLE}
    return [
        f"{name} is not a setting{_suggestion(name.upper(), known)}. Correct or unset it."
        for name in sorted(environment)
        if name.upper().startswith(PREFIX) and name.upper() not in known
    ]


def _suggestion(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.75)
    return f" (did you mean {near[0]}?)" if near else ""


_PLAIN = {
    "bool_parsing": "it takes true or false",
    "float_parsing": "it takes a number",
    "int_from_float": "it takes a whole number",
    "int_parsing": "it takes a whole number",
}


def _describe(fault: Any, file: Path | None) -> str:
    name = str(fault["loc"][0]) if fault["loc"] else ""
    if fault["type"] == "extra_forbidden":
        hint = _suggestion(name, set(Settings.model_fields))
        return f"'{name}' in {file or 'the settings'} is not a setting{hint}. Correct or remove it."
    message = _PLAIN.get(fault["type"]) or str(fault["msg"]).removeprefix("Value error, ").replace(
        "Input should", "it should", 1
    )
    return f"{PREFIX}{name.upper()} (or '{name}' in the settings file) is wrong: {message}."


def settings_table() -> str:
    """The reference table of all settings, in Markdown; the operations page holds exactly this text."""
    lines = ["| Variable | Type | Default | Meaning |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        lines.append(
            f"| `{PREFIX}{name.upper()}` | {_type_name(field.annotation)} | {_default(name)} | {field.description} |"
        )
    return "\n".join(lines) + "\n"


def _type_name(annotation: Any) -> str:
    choices = [choice for choice in get_args(annotation) if choice not in (NoneType, Ellipsis)]
    if choices in ([SecretStr], [str]):
        return "text"
    if choices == [Path]:
        return "file"
    if choices and all(isinstance(choice, str) for choice in choices):
        return " or ".join(f"`{choice}`" for choice in choices)
    names = {bool: "true or false", int: "whole number", float: "number", str: "text", Path: "folder"}
    return names.get(annotation, "list")


def _default(name: str) -> str:
    value = Settings.model_fields[name].get_default()
    if isinstance(value, tuple):
        value = ",".join(value)
    if name == "database_url":
        return "`sqlite:///.data/nobodyasked.db`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if value not in ((), None, "") else "none"
