import { causesOf, errorCode } from './failure.js';

/** An error class: matches its instances. */
export type ErrorClass = abstract new (...args: never[]) => Error;

/**
 * Names errors: a class, a predicate, an error `code` or `name`, or a preset (`'network'`, `'database'`).
 * A class, code or preset also matches when it is found down the chain of causes.
 */
export type ErrorMatcher = ErrorClass | ((error: Error) => boolean) | ErrorPreset | (string & {});

/** Names of groups of errors that pass: of sockets, DNS and fetch; of databases, with the former. */
export type ErrorPreset = 'network' | 'database';

/** Codes of Node's sockets and DNS, of undici (`fetch`) and axios, for trouble that passes. */
const NETWORK = new Set(
  `ECONNRESET ECONNREFUSED ECONNABORTED ETIMEDOUT ESOCKETTIMEDOUT EPIPE ENOTFOUND EAI_AGAIN EHOSTUNREACH EHOSTDOWN
   ENETUNREACH ENETDOWN ENETRESET ERR_NETWORK ERR_SOCKET_CONNECTION_TIMEOUT UND_ERR_CONNECT_TIMEOUT
   UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT UND_ERR_SOCKET`.split(/\s+/),
);

/**
 * Deadlocks, serialisation failures, lock timeouts and lost or refused connections: SQLSTATEs of PostgreSQL
 * (appendix A of its manual), MySQL's error names, SQLite's result codes and Prisma's P codes.
 */
const DATABASE = new Set(
  `40001 40P01 55P03 57P01 57P02 57P03 53300 08000 08001 08003 08004 08006 08007
   ER_LOCK_DEADLOCK ER_LOCK_WAIT_TIMEOUT ER_CON_COUNT_ERROR ER_TOO_MANY_USER_CONNECTIONS PROTOCOL_CONNECTION_LOST
   SQLITE_BUSY SQLITE_LOCKED P1001 P1002 P1008 P1017 P2024 P2034`.split(/\s+/),
);

/** True when the matcher names the error or, but for predicates, one of its causes. A predicate that throws does not match. */
export function matchesError(error: Error, matcher: ErrorMatcher): boolean {
  if (typeof matcher === 'function' && !isErrorClass(matcher)) {
    try {
      return matcher(error);
    } catch {
      return false;
    }
  }
  return causesOf(error).some((link) => matchesLink(link, matcher));
}

function matchesLink(error: Error, matcher: ErrorClass | string): boolean {
  if (typeof matcher === 'function') {
    return error instanceof matcher;
  }
  const code = errorCode(error);
  switch (matcher) {
    case 'network':
      return code !== undefined && NETWORK.has(code);
    case 'database':
      return code !== undefined && (DATABASE.has(code) || NETWORK.has(code));
    default:
      return code === matcher || error.name === matcher;
  }
}

function isErrorClass(matcher: ErrorClass | ((error: Error) => boolean)): matcher is ErrorClass {
  return matcher === Error || matcher.prototype instanceof Error;
}
