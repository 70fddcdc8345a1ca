using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using SaaS.Core.Access;

namespace SaaS.Core.Auditing;

/// <summary>
/// Records what somebody was not let do: always in the log, and as an audit entry where an account or a tenant is known. The entry is stored
/// beside the request, so that no answer takes longer because an account exists, and a limited number of times.
/// </summary>
internal sealed partial class SecurityEvents(SecurityEventQueue queue, TimeProvider clock, ILogger<SecurityEvents> logger)
{
    /// <summary>Records a wrong password, or one for an account that does not exist or may not sign in.</summary>
    /// <param name="email">The address that was given; kept only if an account has it.</param>
    /// <param name="tenantId">The tenant that was to be entered; null for none.</param>
    public void SignInFailed(string email, string reason, Guid? tenantId = null)
    {
        var origin = AuditOrigin.Current;
        LogSignInFailed(reason, tenantId, origin.Address);
        Store(tenantId, Actor.Anonymous, AuditAction.SignInFailed, AuditDetails.Of("reason", reason), origin, email: email);
    }

    /// <summary>Records that a signed-in account gave a wrong password where it is asked for again.</summary>
    public void PasswordProofFailed(Guid userId)
    {
        var origin = AuditOrigin.Current;
        LogPasswordProofFailed(userId, origin.Address);
        Store(tenantId: null, Actor.User(userId), AuditAction.SignInFailed, AuditDetails.Of("reason", "wrong_password_when_signed_in"), origin, subjectId: userId);
    }

    /// <summary>Records that an account has to wait after too many wrong passwords.</summary>
    public void SignInRateLimited(string email)
    {
        var origin = AuditOrigin.Current;
        LogSignInRateLimited("TOO_MANY_ATTEMPTS", origin.Address);
        Store(tenantId: null, Actor.Anonymous, AuditAction.SignInRateLimited, AuditDetails.None, origin, email: email);
    }

    /// <summary>Records that an address signs in, registers or resets too often; no account is known.</summary>
    public void AddressRateLimited(string code) => LogSignInRateLimited(code, AuditOrigin.Current.Address);

    /// <summary>Records that a person for whom the identity provider vouched was not let into the tenant.</summary>
    public void SsoSignInRefused(Guid tenantId, string code)
    {
        var origin = AuditOrigin.Current;
        LogSsoSignInRefused(tenantId, code, origin.Address);
        Store(tenantId, Actor.Anonymous, AuditAction.SsoSignInRefused, AuditDetails.Of("code", code), origin, subjectId: tenantId);
    }

    /// <summary>Records that a signed-in account asked for what it may not have.</summary>
    /// <param name="tenantId">The tenant in the path, whether or not there is one; null outside of tenants.</param>
    public void AccessRefused(Guid userId, Guid? tenantId, string route, string code)
    {
        var origin = AuditOrigin.Current;
        LogAccessRefused(userId, tenantId, route, code, origin.Address);
        Store(tenantId, Actor.User(userId), AuditAction.AccessRefused, AuditDetails.Of("route", route).With("code", code), origin, subjectId: NamedId.Of(route));
    }

    /// <summary>Records an access or refresh token that is invalid, expired or of a session that has ended.</summary>
    public void TokenRejected(string? route, string code) => LogTokenRejected(route, code, AuditOrigin.Current.Address);

    /// <summary>Records that a refresh token was used again after it had been exchanged; the audit entry is written with the session's end.</summary>
    public void TokenReused(Guid userId, Guid sessionId) => LogTokenReused(userId, sessionId, AuditOrigin.Current.Address);

    private void Store(Guid? tenantId, Actor actor, AuditAction action, AuditDetails details, AuditOrigin origin, Guid? subjectId = null, string? email = null) =>
        queue.TryAdd(new SecurityEvent(clock.GetUtcNow(), tenantId, actor.Name, action, details, origin) { SubjectId = subjectId, Email = email });

    [LoggerMessage(EventId = 4501, Level = LogLevel.Information, Message = "Sign-in failed: {Reason}; tenant {TenantId}, from {ClientAddress}")]
    private partial void LogSignInFailed(string reason, Guid? tenantId, string? clientAddress);

    [LoggerMessage(EventId = 4502, Level = LogLevel.Warning, Message = "Sign-in rate-limited: {Code}, from {ClientAddress}")]
    private partial void LogSignInRateLimited(string code, string? clientAddress);

    [LoggerMessage(EventId = 4503, Level = LogLevel.Information, Message = "Access refused to user {UserId}: {Code} on {Route}, tenant {TenantId}, from {ClientAddress}")]
    private partial void LogAccessRefused(Guid userId, Guid? tenantId, string route, string code, string? clientAddress);

    [LoggerMessage(EventId = 4504, Level = LogLevel.Information, Message = "Token rejected: {Code} on {Route}, from {ClientAddress}")]
    private partial void LogTokenRejected(string? route, string code, string? clientAddress);

    [LoggerMessage(EventId = 4505, Level = LogLevel.Warning, Message = "A refresh token of user {UserId} was reused, and session {SessionId} was ended; from {ClientAddress}")]
    private partial void LogTokenReused(Guid userId, Guid sessionId, string? clientAddress);

    [LoggerMessage(EventId = 4506, Level = LogLevel.Information, Message = "User {UserId} is signed in and gave a wrong password, from {ClientAddress}")]
    private partial void LogPasswordProofFailed(Guid userId, string? clientAddress);

    [LoggerMessage(EventId = 4507, Level = LogLevel.Information, Message = "Single sign-on into tenant {TenantId} refused: {Code}, from {ClientAddress}")]
    private partial void LogSsoSignInRefused(Guid tenantId, string code, string? clientAddress);
}

/// <summary>A security event on its way to the audit.</summary>
/// <param name="TenantId">A tenant that the caller named; the entry is of it only if it exists.</param>
internal sealed record SecurityEvent(DateTimeOffset OccurredAt, Guid? TenantId, string Actor, AuditAction Action, AuditDetails Details, AuditOrigin Origin)
{
    /// <summary>The subject; null where <see cref="Email"/> tells it.</summary>
    public Guid? SubjectId { get; init; }

    /// <summary>The address of the account that is the subject, if there is one.</summary>
    public string? Email { get; init; }
}

/// <summary>Security events that are not stored yet. A flood fills it and is not stored; the log has it.</summary>
internal sealed class SecurityEventQueue
{
    private const int Capacity = 1_000;

    private readonly Channel<SecurityEvent> _pending = Channel.CreateBounded<SecurityEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true });

    public void TryAdd(SecurityEvent securityEvent) => _pending.Writer.TryWrite(securityEvent);

    public IAsyncEnumerable<SecurityEvent> ReadAllAsync(CancellationToken ct) => _pending.Reader.ReadAllAsync(ct);
}
