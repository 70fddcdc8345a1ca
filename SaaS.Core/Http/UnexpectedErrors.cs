using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using SaaS.Infrastructure.Objects;
using SaaS.Infrastructure.Postgres;
using SaaS.Infrastructure.Vault;

namespace SaaS.Core.Http;

/// <summary>
/// Handles all exceptions: invalid requests become 4xx, unavailable backing services 503, and anything else 500. The log has the details,
/// the response only the trace id.
/// </summary>
internal sealed partial class UnexpectedErrors(ILogger<UnexpectedErrors> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var problem = RequestProblems.FromException(exception) ?? FromBackingService(exception) ?? HttpProblems.Unexpected;
        switch (problem.Kind)
        {
            case ProblemKind.Unexpected:
                LogUnexpected(
                    exception,
                    httpContext.Request.Method,
                    httpContext.Features.Get<IExceptionHandlerFeature>()?.Endpoint?.DisplayName
                );
                break;
            case ProblemKind.Unavailable:
                LogUnavailable(exception);
                break;
        }

        await problem.ToHttp().ExecuteAsync(httpContext);
        return true;
    }

    private static Problem? FromBackingService(Exception exception) =>
        exception switch
        {
            TenantConnectionsExhaustedException => HttpProblems.TenantsBusy,
            _ when DiskFailures.IsFull(exception) => HttpProblems.StorageFull,
            _ when DiskFailures.IsUnavailable(exception) => HttpProblems.Unavailable,
            ServiceUnavailableException or ObjectStoreUnavailableException or VaultException or LockTimeoutException =>
                HttpProblems.Unavailable,
            _ when PostgresFailures.IsServerUnavailable(exception) => HttpProblems.Unavailable,
            DbUpdateConcurrencyException => HttpProblems.Unavailable, // the row was deleted concurrently; a retry gets a precise answer
            _ when PostgresFailures.IsUnstorableText(exception) => HttpProblems.BadRequest,
            _ => null,
        };

    [LoggerMessage(EventId = 5101, Level = LogLevel.Error, Message = "{Method} {Route} failed unexpectedly")]
    private partial void LogUnexpected(Exception exception, string method, string? route);

    [LoggerMessage(
        EventId = 5102,
        Level = LogLevel.Warning,
        Message = "A backing service is unavailable or busy; the request was answered with 503"
    )]
    private partial void LogUnavailable(Exception exception);
}
