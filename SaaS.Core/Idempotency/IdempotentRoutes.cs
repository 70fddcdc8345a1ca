using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Http;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Postgres;

namespace SaaS.Core.Idempotency;

/// <summary>The mark of a route that takes an <c>Idempotency-Key</c>.</summary>
internal sealed record Idempotent;

/// <summary>
/// Lets one request with a key in at a time, and answers the later ones with what the first was answered. That one is at work is
/// known by a lock that ends with its process, so that nothing has to expire. The lock holds no connection that others need; should it
/// be lost while its holder is still at work, the primary key of the answers lets one of the two commit.
/// </summary>
internal static class IdempotentRoutes
{
    public const string Header = "Idempotency-Key";
    public const string ReplayedHeader = "Idempotency-Replayed";

    public static readonly Problem InvalidKey = new(ProblemKind.Invalid, "BAD_REQUEST", "Idempotency-Key must be 1 to 255 printable ASCII characters, once");
    public static readonly Problem InFlight = new(ProblemKind.Conflict, "IDEMPOTENCY_KEY_IN_FLIGHT", "The request that brought this Idempotency-Key first is still at work; repeat it shortly") { RetryAfter = TimeSpan.FromSeconds(1) };
    public static readonly Problem Reused = new(ProblemKind.Unprocessable, "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key came with another request before; take a new one for a new request");

    /// <summary>Takes a key. The use case hands its answer to <see cref="IdempotencyContext"/>.</summary>
    /// <typeparam name="TRequest">The parameter of the handler that says what is asked for.</typeparam>
    /// <param name="essence">What of it makes two requests the same; null when there is nothing to repeat. All of it unless given.</param>
    /// <param name="beforeReplay">Refuses to replay a response while what it says is not so yet.</param>
    /// <param name="opensTenantItself">The use case changes the tenant's database, and opens it by itself.</param>
    public static RouteHandlerBuilder Idempotent<TRequest>(this RouteHandlerBuilder route, Func<TRequest, object?>? essence = null, bool opensTenantItself = false,
        Func<IServiceProvider, IdempotencyRecord, CancellationToken, Task<Problem?>>? beforeReplay = null)
        where TRequest : class =>
        route.WithMetadata(new Idempotent())
            .ProducesProblem(InvalidKey, InFlight, Reused)
            .AddEndpointFilter(async (context, next) =>
            {
                var request = context.Arguments.OfType<TRequest>().Single();
                return context.HttpContext.Request.Headers[Header] is { Count: > 0 } given && (essence is null ? request : essence(request)) is { } asked
                    ? await AnswerOnceAsync(context, next, given, asked, opensTenantItself, beforeReplay)
                    : await next(context);
            });

    private static async Task<object?> AnswerOnceAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next, IReadOnlyList<string?> given, object asked, bool opensTenantItself,
        Func<IServiceProvider, IdempotencyRecord, CancellationToken, Task<Problem?>>? beforeReplay)
    {
        if (given is not [{ Length: > 0 and <= IdempotencyRecord.Mapping.KeyMaxLength } text] || text.Any(letter => letter is < ' ' or > '~'))
        {
            return InvalidKey.ToHttp();
        }

        var http = context.HttpContext;
        var key = KeyOf(http, text, asked);
        await using var alone = await http.RequestServices.GetRequiredService<SharedLocks>().TryAcquireAsync($"idempotency/{key.UserId}/{key.Operation}/{key.Key}", http.RequestAborted);
        return alone is null ? InFlight.ToHttp()
            : await FindAsync(context, key, opensTenantItself) is not { } kept ? await RunAsync(context, next, key)
            : kept.Fingerprint != key.Fingerprint ? Reused.ToHttp()
            : beforeReplay is not null && await beforeReplay(http.RequestServices, kept, http.RequestAborted) is { } notYet ? notYet.ToHttp()
            : Replay(http, kept);
    }

    private static async Task<IdempotencyRecord?> FindAsync(EndpointFilterInvocationContext context, IdempotencyKey key, bool opensTenantItself)
    {
        var http = context.HttpContext;
        if (opensTenantItself)
        {
            await using var opened = await http.RequestServices.GetRequiredService<TenantDbFactory>().OpenAsync(http.Features.Get<TenantScope>()!, http.RequestAborted);
            return await FindAsync(http, opened, key);
        }

        return await FindAsync(http, context.Arguments.OfType<TenantDbContext>().SingleOrDefault() ?? (DbContext)http.RequestServices.GetRequiredService<ControlDbContext>(), key);
    }

    private static async Task<IdempotencyRecord?> FindAsync(HttpContext http, DbContext db, IdempotencyKey key)
    {
        var same = db.Set<IdempotencyRecord>().Where(answer => answer.UserId == key.UserId && answer.Operation == key.Operation && answer.Key == key.Key);
        var kept = await same.AsNoTracking().SingleOrDefaultAsync(http.RequestAborted);
        var oldest = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow() - http.RequestServices.GetRequiredService<IOptions<IdempotencyOptions>>().Value.Keep;
        if (kept is null || kept.StoredAt >= oldest)
        {
            return kept;
        }

        await using var removing = await db.Database.BeginTransactionAsync(http.RequestAborted);
        await same.ExecuteDeleteAsync(http.RequestAborted); // the job has not come by yet
        await removing.CommitAsync(http.RequestAborted);
        return null;
    }

    private static async Task<object?> RunAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next, IdempotencyKey key)
    {
        var keyed = context.HttpContext.RequestServices.GetRequiredService<IdempotencyContext>();
        keyed.Begin(key);
        object? answer;
        try
        {
            answer = await next(context);
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(IdempotencyRecord.Mapping.PrimaryKey))
        {
            return InFlight.ToHttp(); // the lock was lost, and another one has just committed
        }

        var isRefused = context.HttpContext.Response.StatusCode >= StatusCodes.Status400BadRequest || ((answer as INestedHttpResult)?.Result ?? answer) is ProblemResult;
        return keyed.IsStored || isRefused // what is refused has changed nothing, and is decided anew
            ? answer
            : throw new InvalidOperationException($"The route {context.HttpContext.GetEndpoint()?.DisplayName} is idempotent, and its use case did not hand its answer over.");
    }

    private static ContentHttpResult Replay(HttpContext http, IdempotencyRecord kept)
    {
        http.Response.Headers[ReplayedHeader] = "true";
        if (kept.Location is not null)
        {
            http.Response.Headers.Location = kept.Location;
        }

        return TypedResults.Content(kept.Body, "application/json; charset=utf-8", statusCode: kept.Status);
    }

    private static IdempotencyKey KeyOf(HttpContext http, string key, object asked)
    {
        var currentUser = CurrentUser.Of(http) ?? throw new InvalidOperationException($"The route {http.GetEndpoint()?.DisplayName} is idempotent and serves callers who have not signed in.");
        var operation = $"{http.Request.Method} {http.Request.Path.Value?.ToLowerInvariant()}";

        // What was read of the body, and not its bytes: a form is sent with another boundary each time, and white space says nothing.
        var body = JsonSerializer.SerializeToUtf8Bytes(asked, asked.GetType(), JsonSerializerOptions.Default);
        return new IdempotencyKey(currentUser.UserId, operation, key, Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes($"{operation}\n"), .. body])));
    }
}
