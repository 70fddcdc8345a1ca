using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using SaaS.Infrastructure.Objects;
using SaaS.Infrastructure.Postgres;
using SaaS.Infrastructure.Vault;

namespace SaaS.Core.Http;

/// <summary>
/// The one place that exceptions reach. What a caller caused becomes a refusal that says so, an engine that is away becomes
/// 503, and the rest is our fault: the log has all of it, the answer nothing but the trace id.
/// </summary>
internal sealed partial class UnexpectedErrors(ILogger<UnexpectedErrors> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var problem = RequestProblems.Of(exception) ?? OfEngine(exception) ?? HttpProblems.Unexpected;
        switch (problem.Kind)
        {
            case ProblemKind.Unexpected:
                LogUnexpected(exception, httpContext.Request.Method, httpContext.Features.Get<IExceptionHandlerFeature>()?.Endpoint?.DisplayName);
                break;
            case ProblemKind.Unavailable:
                LogEngineAway(exception);
                break;
        }

        await problem.ToHttp().ExecuteAsync(httpContext);
        return true;
    }

    private static Problem? OfEngine(Exception exception) => exception switch
    {
        TenantConnectionsExhaustedException => HttpProblems.TenantsBusy,
        _ when DiskFailures.IsFull(exception) => HttpProblems.StorageFull,
        _ when DiskFailures.IsUnavailable(exception) => HttpProblems.Unavailable,
        ServiceUnavailableException or ObjectStoreUnavailableException or VaultException or LockTimeoutException => HttpProblems.Unavailable,
        _ when PostgresFailures.IsServerAway(exception) => HttpProblems.Unavailable,
        DbUpdateConcurrencyException => HttpProblems.Unavailable, // somebody else removed the row at this moment: a repeat is told so
        _ when PostgresFailures.IsUnstorableText(exception) => HttpProblems.BadRequest,
        _ => null,
    };

    [LoggerMessage(EventId = 5101, Level = LogLevel.Error, Message = "{Method} {Route} failed unexpectedly")]
    private partial void LogUnexpected(Exception exception, string method, string? route);

    [LoggerMessage(EventId = 5102, Level = LogLevel.Warning, Message = "An engine is away or busy; the request was answered with 503")]
    private partial void LogEngineAway(Exception exception);
}
