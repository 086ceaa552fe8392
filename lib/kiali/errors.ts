/** Every way in which Kiali cannot be had. Messages are made of facts a person can act on and never hold a token, a cookie or an answer's raw text. */

/** Nobody answered: name not found, refused, no connection or no answer in time, certificate not trusted, cut off, or a proxy in front of it says so. */
export class KialiUnreachable extends Error {
  override readonly name = "KialiUnreachable";
  constructor(
    message: string,
    /** The socket's or TLS's own code (`ECONNREFUSED`), `TIMEOUT`, or `HTTP_502` and the like. */
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** There is no Kiali: nobody said where one is, and the cluster has none that can be seen. */
export class KialiAbsent extends Error {
  override readonly name = "KialiAbsent";
}

/** Kiali, or what stands before it, asks to be left alone for a while (429). */
export class KialiBusy extends Error {
  override readonly name = "KialiBusy";
  constructor(
    message: string,
    /** As it asked. */
    readonly retryAfterSeconds: number,
  ) {
    super(message);
  }
}

/** The address given for Kiali is not one: no http(s) URL, or one with a password in it. */
export class KialiAddressInvalid extends Error {
  override readonly name = "KialiAddressInvalid";
}

/** Kiali wants a login that Padlock cannot do by itself. */
export class KialiLoginNeeded extends Error {
  override readonly name = "KialiLoginNeeded";
  constructor(
    message: string,
    readonly strategy: string,
  ) {
    super(message);
  }
}

/** Kiali does not accept the login it was given, or wants one again. */
export class KialiUnauthorized extends Error {
  override readonly name = "KialiUnauthorized";
  constructor(
    message: string,
    /** "" when only an answer said so, which does not name it. */
    readonly strategy = "",
  ) {
    super(message);
  }
}

/** Kiali shows none of these namespaces to us; it does not tell a missing one from a forbidden one. */
export class KialiForbidden extends Error {
  override readonly name = "KialiForbidden";
  constructor(
    message: string,
    readonly namespaces: readonly string[],
  ) {
    super(message);
  }
}

/** There is no such path: an older or newer Kiali, or another web root. */
export class KialiNotFound extends Error {
  override readonly name = "KialiNotFound";
}

/** Kiali calls our request wrong; its own words are in the message. */
export class KialiRejected extends Error {
  override readonly name = "KialiRejected";
}

/** A namespace is so new that Kiali has nothing to say of it yet; a second later it does. */
export class KialiTooEarly extends Error {
  override readonly name = "KialiTooEarly";
}

/** Something answered, but not with what Kiali answers: a web page, a redirect, broken JSON, wrong types, too much, an internal error. */
export class KialiBadAnswer extends Error {
  override readonly name = "KialiBadAnswer";
}

/** Kiali is there, but Prometheus, from which its graph comes, is not. */
export class PrometheusDown extends Error {
  override readonly name = "PrometheusDown";
}
