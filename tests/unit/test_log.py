"""Lines of logs: which complain of a Service's variable, which only look like it, and that a recording keeps no others."""

from __future__ import annotations

import pytest

from kubectl_svcdoctor.model.log import misreadings, telling

URL = "tcp://10.96.1.2:6379"
COMPLAINTS = [
    f'panic: strconv.Atoi: parsing "{URL}": invalid syntax',
    f'{{"level":"fatal","error":"strconv.ParseInt: parsing \\"{URL}\\": invalid syntax"}}',
    f"cannot parse 'port' as int: strconv.ParseInt: parsing \"{URL}\": invalid syntax",
    f"listen tcp: address {URL}: too many colons in address",
    f"failed to open listener on address 0.0.0.0:{URL}: listen tcp: address 0.0.0.0:{URL}: too many colons in address",
    f'parse "redis://redis:{URL}/0": invalid port ":tcp:" after host',
    f"ValueError: invalid literal for int() with base 10: '{URL}'",
    f"port: Input should be a valid integer, unable to parse string as an integer [type=int_parsing, input_value='{URL}', input_type=str]",
    f"serve.py: error: argument --port: invalid int value: '{URL}'",
    f"Error: Invalid value for '--port': '{URL}' is not a valid integer.",
    f"Error: '{URL}' is not a valid port number.",
    f'psycopg2.OperationalError: invalid integer value "{URL}" for connection option "port"',
    f'Caused by: java.lang.NumberFormatException: For input string: "{URL}"',
    f"Failed to convert property value of type 'java.lang.String' to required type 'int' for property 'port': {URL}",
    f"Failed to convert configuration value '{URL}' at 'Redis:Port' to type 'System.Int32'.",
    f"System.FormatException: The input string '{URL}' was not in a correct format.",
    f"RangeError [ERR_SOCKET_BAD_PORT]: options.port should be >= 0 and < 65536. Received type string ('{URL}').",
    f"Error: listen EACCES: permission denied {URL}",
    f"invalid value for Integer(): \"{URL}\" (ArgumentError)",
    f"Invalid HTTP port: {URL}",
    f"\x1b[31mERROR\x1b[0m invalid REDIS_PORT: {URL}",
    f"nginx: [emerg] invalid port in \"{URL}\" of the \"listen\" directive",
    f"[ERROR] mysqld: Unknown suffix 't' used for variable 'port' (value '{URL}')",
    f"daemon: listen URL \"ldap://ldap-565f78fdb8-9x8nn:{URL}\" parse error=5",
    f"thread 'main' panicked: REDIS_PORT={URL}: ParseIntError {{ kind: InvalidDigit }}",
]
OTHERS = [
    f"connecting to {URL}",
    f"FATAL: cannot connect to {URL}: connection refused",
    f"could not convert the answer of {URL} to JSON",
    f"invalid credentials for {URL}",
    f"unexpected end of stream from {URL}, expected 12 bytes",
    f"error: bad response from server on port 6379 ({URL})",
    f"failed to parse response from {URL}",
    f"nothing is listening on the port of {URL}; not ready",
    f"WARN invalid REDIS_PORT {URL}",
    f"invalid port {URL}, using default 6379",
    f"REDIS_PORT={URL} API_PORT=tcp://10.96.1.3:80 invalid port",
    f"DEBUG strconv.Atoi: parsing \"{URL}\": invalid syntax",
    "strconv.Atoi: parsing \"eighty\": invalid syntax",
    "invalid port tcp://redis:6379",
    "invalid port tcp://10.96.1.2",
]


@pytest.mark.parametrize("line", COMPLAINTS)
def test_complaints(line: str) -> None:
    assert [value for value, _ in misreadings(f"starting\n{line}\n    at main (main.js:1)\n")] == [URL]


@pytest.mark.parametrize("line", OTHERS)
def test_what_only_looks_like_one(line: str) -> None:
    assert not list(misreadings(line))


def test_a_reason_that_is_told_later_is_the_one() -> None:
    assert not list(misreadings(f"{COMPLAINTS[0]}\nopen /etc/key.pem: permission denied"))
    assert list(misreadings(f"open /etc/key.pem: permission denied\n{COMPLAINTS[0]}"))


def test_an_address_of_the_sixth_version() -> None:
    assert [value for value, _ in misreadings("invalid port: tcp://[fd00:10:96::a]:80")] == ["tcp://[fd00:10:96::a]:80"]


def test_a_long_line_is_shown_around_the_address_and_without_credentials() -> None:
    (_, line), = misreadings(f"redis://me:hunter2@redis/ {'x' * 9000} invalid port {URL} {'y' * 9000}")
    assert URL in line and "invalid port" in line and len(line) <= 200
    (_, line), = misreadings(f"redis://me:hunter2@redis/ invalid port {URL}")
    assert "hunter2" not in line


@pytest.mark.parametrize("line", [*COMPLAINTS, *OTHERS])
def test_a_recording_keeps_what_tells_something_and_nothing_else(line: str) -> None:
    text = f"password hunter2\n{line}\nhunter2: connection refused to {URL}\n  \x1b[1mpanic: hunter2\n"
    for whole in (text, f"password hunter2\n{line}\n"):
        assert list(misreadings(telling(whole))) == list(misreadings(whole))
        assert "hunter2" not in telling(whole)
