import { type DependencyContainer, type InjectionToken, Lifecycle, container as rootContainer } from 'tsyringe';

/** A typed name under which something can be injected: `@inject(ClockToken) clock: Clock`. */
export type Token<T> = InjectionToken<T> & symbol & { readonly __type?: T };

/** Makes a token. The name is for messages only; two calls never collide. */
export function token<T>(name: string): Token<T> {
  return Symbol(name) as Token<T>;
}

/** A class that the container can build. */
export type Injectable<T> = new (...args: never[]) => T;

/**
 * The server's container. There is one for each server object, never a global one. It is resolved from only in
 * `setup` of a plugin and in `server.ts`; everything else gets its parts by constructor injection.
 */
export class Container {
  readonly #inner: DependencyContainer = rootContainer.createChildContainer();

  /** Binds a token to a class, built once on first use. */
  provide<T>(key: Token<T>, type: Injectable<T>): void {
    this.#inner.register(key, { useClass: type as never }, { lifecycle: Lifecycle.Singleton });
  }

  /** Binds a token to a ready value. */
  provideValue<T>(key: Token<T>, value: T): void {
    this.#inner.register(key, { useValue: value as never });
  }

  /** Binds a token to what `make` returns, called once on first use. */
  provideLazily<T>(key: Token<T>, make: (container: Container) => T): void {
    let made: { readonly value: T } | undefined;
    this.#inner.register(key, {
      useFactory: () => {
        made ??= { value: make(this) };
        return made.value;
      },
    });
  }

  /** What is bound to the token; throws when nothing is. */
  get<T>(key: Token<T>): T {
    return this.#inner.resolve<T>(key);
  }

  /** Builds an injectable class that no token names. */
  build<T>(type: Injectable<T>): T {
    return this.#inner.resolve<T>(type as never);
  }

  /** Whether something is bound to the token. */
  has<T>(key: Token<T>): boolean {
    return this.#inner.isRegistered(key);
  }
}
