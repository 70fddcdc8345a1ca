using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using SaaS.Core.Access;

namespace SaaS.Core.Auditing;

/// <summary>
/// Records security events in the log and, if an account or tenant is known, as audit entries. Entries are stored in the background, so
/// that the response time does not reveal whether an account exists, and their number is limited.
/// </summary>
internal sealed partial class SecurityEvents(SecurityEventQueue queue, TimeProvider clock, ILogger<SecurityEvents> logger)
{
    /// <summary>Records a failed sign-in: a wrong password, an unknown account, or one that may not sign in.</summary>
    /// <param name="email">The given address; stored only if an account has it.</param>
    /// <param name="tenantId">The requested tenant; null if there is none.</param>
    public void RecordFailedSignIn(string email, string reason, Guid? tenantId = null)
    {
        var origin = AuditOrigin.Current;
        LogSignInFailed(reason, tenantId, origin.Address);
        Store(tenantId, Actor.Anonymous, AuditAction.SignInFailed, AuditDetails.Create("reason", reason), origin, email: email);
    }

    /// <summary>Records that a signed-in user failed to verify the current password.</summary>
    public void RecordFailedPasswordVerification(Guid userId)
    {
        var origin = AuditOrigin.Current;
        LogPasswordProofFailed(userId, origin.Address);
        Store(
            tenantId: null,
            Actor.User(userId),
            AuditAction.SignInFailed,
            AuditDetails.Create("reason", "wrong_password_when_signed_in"),
            origin,
            subjectId: userId
        );
    }

    /// <summary>Records that sign-in to an account is delayed after too many wrong passwords.</summary>
    public void RecordRateLimitedSignIn(string email)
    {
        var origin = AuditOrigin.Current;
        LogSignInRateLimited("TOO_MANY_ATTEMPTS", origin.Address);
        Store(tenantId: null, Actor.Anonymous, AuditAction.SignInRateLimited, AuditDetails.Empty, origin, email: email);
    }

    /// <summary>Records that an IP address exceeded a rate limit of sign-in, registration or reset; no account is known.</summary>
    public void RecordRateLimitedAddress(string code) => LogSignInRateLimited(code, AuditOrigin.Current.Address);

    /// <summary>Records that a user who authenticated with the identity provider was denied access to the tenant.</summary>
    public void RecordDeniedSsoSignIn(Guid tenantId, string code)
    {
        var origin = AuditOrigin.Current;
        LogSsoSignInRefused(tenantId, code, origin.Address);
        Store(tenantId, Actor.Anonymous, AuditAction.SsoSignInDenied, AuditDetails.Create("code", code), origin, subjectId: tenantId);
    }

    /// <summary>Records that a user or a service account was denied access.</summary>
    /// <param name="tenantId">The tenant id in the path, which may not exist; null outside of tenants.</param>
    public void RecordDeniedAccess(Actor actor, Guid? tenantId, string route, string code)
    {
        var origin = AuditOrigin.Current;
        LogAccessRefused(actor.Name, tenantId, route, code, origin.Address);
        Store(
            tenantId,
            actor,
            AuditAction.AccessDenied,
            AuditDetails.Create("route", route).With("code", code),
            origin,
            subjectId: NamedId.From(route)
        );
    }

    /// <summary>Records an access or refresh token that is invalid, expired or belongs to an ended session.</summary>
    public void RecordRejectedToken(string? route, string code) => LogTokenRejected(route, code, AuditOrigin.Current.Address);

    /// <summary>Records that a refresh token was reused. The audit entry is written when the session is ended.</summary>
    public void RecordReusedToken(Guid userId, Guid sessionId) => LogTokenReused(userId, sessionId, AuditOrigin.Current.Address);

    private void Store(
        Guid? tenantId,
        Actor actor,
        AuditAction action,
        AuditDetails details,
        AuditOrigin origin,
        Guid? subjectId = null,
        string? email = null
    ) =>
        queue.TryAdd(
            new SecurityEvent(clock.GetUtcNow(), tenantId, actor.Name, action, details, origin) { SubjectId = subjectId, Email = email }
        );

    [LoggerMessage(
        EventId = 4501,
        Level = LogLevel.Information,
        Message = "Sign-in failed: {Reason}; tenant {TenantId}, from {ClientAddress}"
    )]
    private partial void LogSignInFailed(string reason, Guid? tenantId, string? clientAddress);

    [LoggerMessage(EventId = 4502, Level = LogLevel.Warning, Message = "Sign-in rate-limited: {Code}, from {ClientAddress}")]
    private partial void LogSignInRateLimited(string code, string? clientAddress);

    [LoggerMessage(
        EventId = 4503,
        Level = LogLevel.Information,
        Message = "Access denied to {Actor}: {Code} on {Route}, tenant {TenantId}, from {ClientAddress}"
    )]
    private partial void LogAccessRefused(string actor, Guid? tenantId, string route, string code, string? clientAddress);

    [LoggerMessage(EventId = 4504, Level = LogLevel.Information, Message = "Token rejected: {Code} on {Route}, from {ClientAddress}")]
    private partial void LogTokenRejected(string? route, string code, string? clientAddress);

    [LoggerMessage(
        EventId = 4505,
        Level = LogLevel.Warning,
        Message = "A refresh token of user {UserId} was reused, and session {SessionId} was ended; from {ClientAddress}"
    )]
    private partial void LogTokenReused(Guid userId, Guid sessionId, string? clientAddress);

    [LoggerMessage(
        EventId = 4506,
        Level = LogLevel.Information,
        Message = "Signed-in user {UserId} gave a wrong password, from {ClientAddress}"
    )]
    private partial void LogPasswordProofFailed(Guid userId, string? clientAddress);

    [LoggerMessage(
        EventId = 4507,
        Level = LogLevel.Information,
        Message = "Single sign-on into tenant {TenantId} denied: {Code}, from {ClientAddress}"
    )]
    private partial void LogSsoSignInRefused(Guid tenantId, string code, string? clientAddress);
}

/// <summary>A security event that is queued for the audit.</summary>
/// <param name="TenantId">A tenant id given by the client; ignored if the tenant does not exist.</param>
internal sealed record SecurityEvent(
    DateTimeOffset OccurredAt,
    Guid? TenantId,
    string Actor,
    AuditAction Action,
    AuditDetails Details,
    AuditOrigin Origin
)
{
    /// <summary>The subject; null if it is identified by <see cref="Email"/>.</summary>
    public Guid? SubjectId { get; init; }

    /// <summary>The email address of the account that is the subject.</summary>
    public string? Email { get; init; }
}

/// <summary>A bounded queue of security events that are not stored yet. Events that exceed its capacity are only logged.</summary>
internal sealed class SecurityEventQueue
{
    private const int Capacity = 1_000;

    private readonly Channel<SecurityEvent> _pending = Channel.CreateBounded<SecurityEvent>(
        new BoundedChannelOptions(Capacity) { SingleReader = true }
    );

    public void TryAdd(SecurityEvent securityEvent) => _pending.Writer.TryWrite(securityEvent);

    public IAsyncEnumerable<SecurityEvent> ReadAllAsync(CancellationToken ct) => _pending.Reader.ReadAllAsync(ct);
}
