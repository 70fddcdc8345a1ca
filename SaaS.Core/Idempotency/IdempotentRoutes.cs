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

/// <summary>Endpoint metadata: the route accepts an <c>Idempotency-Key</c>.</summary>
internal sealed record Idempotent;

/// <summary>
/// Executes requests with the same key one at a time, and replays the stored response to later ones. A lock that ends with its process
/// detects a request in flight; if the lock is lost early, the primary key of the records lets only one request commit.
/// </summary>
/// <remarks>The lock occupies no connection that other requests need.</remarks>
internal static class IdempotentRoutes
{
    public const string Header = "Idempotency-Key";
    public const string ReplayedHeader = "Idempotency-Replayed";

    public static readonly Problem InvalidKey = new(
        ProblemKind.Invalid,
        "BAD_REQUEST",
        "Idempotency-Key must be 1 to 255 printable ASCII characters, once"
    );
    public static readonly Problem InFlight = new(
        ProblemKind.Conflict,
        "IDEMPOTENCY_KEY_IN_FLIGHT",
        "The request that brought this Idempotency-Key first is still at work; repeat it shortly"
    )
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };
    public static readonly Problem Reused = new(
        ProblemKind.Unprocessable,
        "IDEMPOTENCY_KEY_REUSED",
        "This Idempotency-Key came with another request before; take a new one for a new request"
    );

    /// <summary>Accepts an idempotency key. The use case stores its response with <see cref="IdempotencyContext"/>.</summary>
    /// <typeparam name="TRequest">The type of the handler's parameter that holds the request.</typeparam>
    /// <param name="fingerprintedPart">
    /// Selects the part of the request that is fingerprinted; by default all of it. Returns null when the request needs no idempotency.
    /// </param>
    /// <param name="beforeReplay">Returns a problem while the state that the stored response describes is not reached yet.</param>
    /// <param name="opensTenantItself">True when the use case opens the tenant's database itself.</param>
    public static RouteHandlerBuilder Idempotent<TRequest>(
        this RouteHandlerBuilder route,
        Func<TRequest, object?>? fingerprintedPart = null,
        bool opensTenantItself = false,
        Func<IServiceProvider, IdempotencyRecord, CancellationToken, Task<Problem?>>? beforeReplay = null
    )
        where TRequest : class =>
        route
            .WithMetadata(new Idempotent())
            .ProducesProblem(InvalidKey, InFlight, Reused)
            .AddEndpointFilter(
                async (context, next) =>
                {
                    var request = context.Arguments.OfType<TRequest>().Single();
                    return
                        context.HttpContext.Request.Headers[Header] is { Count: > 0 } headerValues
                        && (fingerprintedPart is null ? request : fingerprintedPart(request)) is { } fingerprintSource
                        ? await ExecuteOnceAsync(context, next, headerValues, fingerprintSource, opensTenantItself, beforeReplay)
                        : await next(context);
                }
            );

    private static async Task<object?> ExecuteOnceAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next,
        IReadOnlyList<string?> headerValues,
        object fingerprintSource,
        bool opensTenantItself,
        Func<IServiceProvider, IdempotencyRecord, CancellationToken, Task<Problem?>>? beforeReplay
    )
    {
        if (
            headerValues is not [{ Length: > 0 and <= IdempotencyRecord.Mapping.KeyMaxLength } text]
            || text.Any(character => character is < ' ' or > '~')
        )
        {
            return InvalidKey.ToHttp();
        }

        var http = context.HttpContext;
        var key = CreateKey(http, text, fingerprintSource);
        await using var requestLock = await http
            .RequestServices.GetRequiredService<SharedLocks>()
            .TryAcquireAsync($"idempotency/{key.UserId}/{key.Operation}/{key.Key}", http.RequestAborted);
        return requestLock is null ? InFlight.ToHttp()
            : await LoadRecordAsync(context, key, opensTenantItself) is not { } storedRecord ? await RunAsync(context, next, key)
            : storedRecord.Fingerprint != key.Fingerprint ? Reused.ToHttp()
            : beforeReplay is not null && await beforeReplay(http.RequestServices, storedRecord, http.RequestAborted) is { } problem
                ? problem.ToHttp()
            : Replay(http, storedRecord);
    }

    private static async Task<IdempotencyRecord?> LoadRecordAsync(
        EndpointFilterInvocationContext context,
        IdempotencyKey key,
        bool opensTenantItself
    )
    {
        var http = context.HttpContext;
        if (opensTenantItself)
        {
            await using var opened = await http
                .RequestServices.GetRequiredService<TenantDbFactory>()
                .OpenAsync(http.Features.Get<TenantScope>()!, http.RequestAborted);
            return await LoadRecordAsync(http, opened, key);
        }

        return await LoadRecordAsync(
            http,
            context.Arguments.OfType<TenantDbContext>().SingleOrDefault()
                ?? (DbContext)http.RequestServices.GetRequiredService<ControlDbContext>(),
            key
        );
    }

    private static async Task<IdempotencyRecord?> LoadRecordAsync(HttpContext http, DbContext db, IdempotencyKey key)
    {
        var same = db.Set<IdempotencyRecord>()
            .Where(answer => answer.UserId == key.UserId && answer.Operation == key.Operation && answer.Key == key.Key);
        var storedRecord = await same.AsNoTracking().SingleOrDefaultAsync(http.RequestAborted);
        var oldest =
            http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow()
            - http.RequestServices.GetRequiredService<IOptions<IdempotencyOptions>>().Value.Retention;
        if (storedRecord is null || storedRecord.StoredAt >= oldest)
        {
            return storedRecord;
        }

        await using var transaction = await db.Database.BeginTransactionAsync(http.RequestAborted);
        await same.ExecuteDeleteAsync(http.RequestAborted); // expired, but not purged yet
        await transaction.CommitAsync(http.RequestAborted);
        return null;
    }

    private static async Task<object?> RunAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next, IdempotencyKey key)
    {
        var idempotency = context.HttpContext.RequestServices.GetRequiredService<IdempotencyContext>();
        idempotency.Begin(key);
        object? answer;
        try
        {
            answer = await next(context);
        }
        catch (DbUpdateException e) when (e.IsUniqueViolation(IdempotencyRecord.Mapping.PrimaryKey))
        {
            return InFlight.ToHttp(); // the lock was lost, and a concurrent request has committed
        }

        var isRejected =
            context.HttpContext.Response.StatusCode >= StatusCodes.Status400BadRequest
            || ((answer as INestedHttpResult)?.Result ?? answer) is ProblemResult;
        return idempotency.IsStored || isRejected // a rejected request has changed nothing and may be repeated
            ? answer
            : throw new InvalidOperationException(
                $"The route {context.HttpContext.GetEndpoint()?.DisplayName} is idempotent, but its use case did not store a response."
            );
    }

    private static ContentHttpResult Replay(HttpContext http, IdempotencyRecord storedRecord)
    {
        http.Response.Headers[ReplayedHeader] = "true";
        if (storedRecord.Location is not null)
        {
            http.Response.Headers.Location = storedRecord.Location;
        }

        return TypedResults.Content(storedRecord.Body, "application/json; charset=utf-8", statusCode: storedRecord.Status);
    }

    private static IdempotencyKey CreateKey(HttpContext http, string key, object fingerprintSource)
    {
        var principal =
            Principal.Get(http)
            ?? throw new InvalidOperationException(
                $"The route {http.GetEndpoint()?.DisplayName} is idempotent but allows anonymous requests."
            );
        var operation = $"{http.Request.Method} {http.Request.Path.Value?.ToLowerInvariant()}";

        // The parsed request and not its bytes, because the boundary of a form and white space may differ between repetitions.
        var body = JsonSerializer.SerializeToUtf8Bytes(fingerprintSource, fingerprintSource.GetType(), JsonSerializerOptions.Default);
        return new IdempotencyKey(
            principal.Id,
            operation,
            key,
            Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes($"{operation}\n"), .. body]))
        );
    }
}
