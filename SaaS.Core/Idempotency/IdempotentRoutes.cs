using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Core.Databases;
using SaaS.Platform.Http;
using SaaS.Platform.Postgres;

namespace SaaS.Core.Idempotency;

/// <summary>The mark of a route that takes an <c>Idempotency-Key</c>.</summary>
internal sealed record Idempotent;

/// <summary>
/// Lets one request with a key in at a time, and answers the later ones with what the first was answered. That one is at work is
/// known by a lock in the session over which it changes the database: whoever is killed loses the lock together with what
/// was not committed, so that nothing has to expire, and no two with the same key are ever at work.
/// </summary>
internal static class IdempotentRoutes
{
    public const string Header = "Idempotency-Key";
    public const string ReplayedHeader = "Idempotency-Replayed";

    public static readonly Problem InvalidKey = new(ProblemKind.Invalid, "BAD_REQUEST", "Idempotency-Key must be 1 to 255 printable ASCII characters, once");
    public static readonly Problem InFlight = new(ProblemKind.Conflict, "IDEMPOTENCY_KEY_IN_FLIGHT", "The request that brought this Idempotency-Key first is still at work; repeat it shortly") { RetryAfter = TimeSpan.FromSeconds(1) };
    public static readonly Problem Reused = new(ProblemKind.Unprocessable, "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key came with another request before; take a new one for a new request");

    /// <summary>Takes a key. The use case hands its answer to <see cref="KeyedRequest"/>.</summary>
    /// <typeparam name="TRequest">The parameter of the handler that says what is asked for.</typeparam>
    /// <param name="essence">What of it makes two requests the same; null when there is nothing to repeat. All of it unless given.</param>
    public static RouteHandlerBuilder Idempotent<TRequest>(this RouteHandlerBuilder route, Func<TRequest, object?>? essence = null)
        where TRequest : class =>
        route.WithMetadata(new Idempotent())
            .Refuses(InvalidKey, InFlight, Reused)
            .AddEndpointFilter(async (context, next) =>
            {
                var request = context.Arguments.OfType<TRequest>().Single();
                return context.HttpContext.Request.Headers[Header] is { Count: > 0 } given && (essence is null ? request : essence(request)) is { } asked
                    ? await AnswerOnceAsync(context, next, given, asked)
                    : await next(context);
            });

    private static async Task<object?> AnswerOnceAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next, IReadOnlyList<string?> given, object asked)
    {
        if (given is not [{ Length: > 0 and <= KeptAnswer.Mapping.KeyMaxLength } text] || text.Any(letter => letter is < ' ' or > '~'))
        {
            return InvalidKey.ToHttp();
        }

        var http = context.HttpContext;
        var key = KeyOf(http, text, asked);
        var db = context.Arguments.OfType<TenantDb>().SingleOrDefault() ?? (DbContext)http.RequestServices.GetRequiredService<ControlDb>();

        await db.Database.OpenConnectionAsync(http.RequestAborted);
        try
        {
            // Asked without the caller's token: it waits for nobody, and a lock that was taken and not heard of would stay.
            await using var alone = await AdvisoryLock.TryAcquireAsync((NpgsqlConnection)db.Database.GetDbConnection(), $"idempotency/{key.UserId}/{key.Operation}/{key.Key}", CancellationToken.None);
            return alone is null ? InFlight.ToHttp()
                : await FindAsync(http, db, key) is not { } kept ? await RunAsync(context, next, key)
                : kept.Fingerprint == key.Fingerprint ? Replay(http, kept)
                : Reused.ToHttp();
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }

    private static async Task<KeptAnswer?> FindAsync(HttpContext http, DbContext db, KeyOfRequest key)
    {
        var same = db.Set<KeptAnswer>().Where(answer => answer.UserId == key.UserId && answer.Operation == key.Operation && answer.Key == key.Key);
        var kept = await same.AsNoTracking().SingleOrDefaultAsync(http.RequestAborted);
        var oldest = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow() - http.RequestServices.GetRequiredService<IOptions<IdempotencyOptions>>().Value.Keep;
        if (kept is null || kept.KeptAt >= oldest)
        {
            return kept;
        }

        await same.ExecuteDeleteAsync(http.RequestAborted); // the job has not come by yet
        return null;
    }

    private static async Task<object?> RunAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next, KeyOfRequest key)
    {
        var keyed = context.HttpContext.RequestServices.GetRequiredService<KeyedRequest>();
        keyed.Begin(key);
        var answer = await next(context);
        var isRefused = context.HttpContext.Response.StatusCode >= StatusCodes.Status400BadRequest || ((answer as INestedHttpResult)?.Result ?? answer) is ProblemResult;
        return keyed.IsAnswered || isRefused // what is refused has changed nothing, and is decided anew
            ? answer
            : throw new InvalidOperationException($"The route {context.HttpContext.GetEndpoint()?.DisplayName} is idempotent, and its use case did not hand its answer over.");
    }

    private static ContentHttpResult Replay(HttpContext http, KeptAnswer kept)
    {
        http.Response.Headers[ReplayedHeader] = "true";
        if (kept.Location is not null)
        {
            http.Response.Headers.Location = kept.Location;
        }

        return TypedResults.Content(kept.Body, "application/json; charset=utf-8", statusCode: kept.Status);
    }

    private static KeyOfRequest KeyOf(HttpContext http, string key, object asked)
    {
        var caller = Caller.Of(http) ?? throw new InvalidOperationException($"The route {http.GetEndpoint()?.DisplayName} is idempotent and serves callers who have not signed in.");
        var operation = $"{http.Request.Method} {http.Request.Path.Value?.ToLowerInvariant()}";

        // What was read of the body, and not its bytes: a form is sent with another boundary each time, and white space says nothing.
        var body = JsonSerializer.SerializeToUtf8Bytes(asked, asked.GetType(), JsonSerializerOptions.Default);
        return new KeyOfRequest(caller.UserId, operation, key, Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes($"{operation}\n"), .. body])));
    }
}
