using SaaS.Core.Access;

namespace SaaS.Tests.Architecture;

/// <summary>The minimum access level that an operation requires.</summary>
internal enum RouteAccess
{
    Anybody,
    SignedIn,
    Operator,
    Viewer,
    User,
    Admin,
}

/// <summary>The recent proof of identity that an operation requires.</summary>
internal enum RouteProof
{
    None,

    /// <summary>A recent sign-in or step-up.</summary>
    Recent,

    /// <summary>The password in the request; of an account with a second factor a recent sign-in or step-up as well.</summary>
    PasswordOrRecent,
}

/// <summary>The expected properties of an operation, written by hand: metadata of the product would always agree with itself.</summary>
/// <param name="Name">Method and path, as in the OpenAPI document.</param>
/// <param name="Access">The minimum access level for a call.</param>
internal sealed record Route(string Name, RouteAccess Access)
{
    /// <summary>The rate limit in addition to the default one.</summary>
    public RateLimitClass? Limit { get; init; }

    /// <summary>True if it takes an <c>Idempotency-Key</c>.</summary>
    public bool TakesKey { get; init; }

    /// <summary>The recent proof of identity that it requires.</summary>
    public RouteProof Proof { get; init; }

    /// <summary>The scope that an API key needs; null where no API key is allowed.</summary>
    public string? Scope { get; init; }

    /// <summary>The types of the events that a call publishes under the tenant's key, in alphabetical order.</summary>
    public string[] Events { get; init; } = [];

    /// <summary>The role that a member needs; null outside tenants.</summary>
    public TenantRole? Role =>
        Access switch
        {
            RouteAccess.Viewer => TenantRole.Viewer,
            RouteAccess.User => TenantRole.User,
            RouteAccess.Admin => TenantRole.Admin,
            _ => null,
        };
}

/// <summary>Every operation of the API. <see cref="RouteTableTests"/> fails when a new one is missing here.</summary>
internal static class RouteTable
{
    private static readonly Dictionary<string, Route> ByName = Routes.ToDictionary(route => route.Name);

    public static IReadOnlyList<Route> Routes =>
        [
            // Accounts and sessions
            new("POST /api/auth/register", RouteAccess.Anybody) { Limit = RateLimitClass.Registration },
            new("POST /api/auth/login", RouteAccess.Anybody) { Limit = RateLimitClass.SignIn },
            new("POST /api/auth/refresh", RouteAccess.Anybody),
            new("POST /api/auth/logout", RouteAccess.Anybody), // with a refresh token instead of an access token
            new("POST /api/auth/verify-email", RouteAccess.Anybody) { Limit = RateLimitClass.SignIn },
            new("POST /api/auth/forgot-password", RouteAccess.Anybody),
            new("POST /api/auth/reset-password", RouteAccess.Anybody) { Limit = RateLimitClass.SignIn },
            new("POST /api/auth/confirm-email", RouteAccess.Anybody) { Limit = RateLimitClass.SignIn },
            new("POST /api/auth/mfa/totp", RouteAccess.Anybody) { Limit = RateLimitClass.SignIn },
            new("POST /api/auth/mfa/recovery", RouteAccess.Anybody) { Limit = RateLimitClass.SignIn },
            new("GET /api/users/me", RouteAccess.SignedIn),
            new("PUT /api/users/me", RouteAccess.SignedIn),
            new("PATCH /api/users/me", RouteAccess.SignedIn),
            new("PUT /api/users/me/password", RouteAccess.SignedIn) { Limit = RateLimitClass.SignIn, Proof = RouteProof.PasswordOrRecent },
            new("PUT /api/users/me/email", RouteAccess.SignedIn) { Limit = RateLimitClass.SignIn, Proof = RouteProof.PasswordOrRecent },
            new("POST /api/users/me/email/verification", RouteAccess.SignedIn),
            new("GET /api/users/me/sessions", RouteAccess.SignedIn),
            new("DELETE /api/users/me/sessions", RouteAccess.SignedIn),
            new("DELETE /api/users/me/sessions/{sessionId}", RouteAccess.SignedIn),
            new("POST /api/auth/mfa/passkey/options", RouteAccess.Anybody) { Limit = RateLimitClass.SignIn },
            new("POST /api/auth/mfa/passkey", RouteAccess.Anybody) { Limit = RateLimitClass.SignIn },
            new("POST /api/auth/passkey/options", RouteAccess.Anybody) { Limit = RateLimitClass.SignIn },
            new("POST /api/auth/passkey", RouteAccess.Anybody) { Limit = RateLimitClass.SignIn },
            new("POST /api/users/me/factors/passkeys/options", RouteAccess.SignedIn) { Proof = RouteProof.Recent },
            new("POST /api/users/me/factors/passkeys", RouteAccess.SignedIn) { Proof = RouteProof.Recent },
            new("POST /api/auth/step-up/passkey/options", RouteAccess.SignedIn) { Limit = RateLimitClass.SignIn },
            new("POST /api/auth/step-up", RouteAccess.SignedIn) { Limit = RateLimitClass.SignIn },
            new("GET /api/users/me/factors", RouteAccess.SignedIn),
            new("POST /api/users/me/factors/totp", RouteAccess.SignedIn) { Proof = RouteProof.Recent },
            new("POST /api/users/me/factors/totp/confirm", RouteAccess.SignedIn)
            {
                Limit = RateLimitClass.SignIn,
                Proof = RouteProof.Recent,
            },
            new("POST /api/users/me/factors/recovery-codes", RouteAccess.SignedIn) { Proof = RouteProof.Recent },
            new("DELETE /api/users/me/factors/{factorId}", RouteAccess.SignedIn) { Proof = RouteProof.Recent },
            new("GET /api/users/me/tenants", RouteAccess.SignedIn),
            new("GET /api/users/me/sso-identities", RouteAccess.SignedIn),
            new("DELETE /api/users/me/sso-identities/{tenantId}", RouteAccess.SignedIn),
            // Single sign-on
            new("GET /api/auth/sso/azure/login/{tenantId}", RouteAccess.Anybody),
            new("GET /api/auth/sso/azure/callback", RouteAccess.Anybody),
            new("POST /api/auth/sso/exchange", RouteAccess.Anybody),
            new("POST /api/auth/sso/link", RouteAccess.Anybody) { Limit = RateLimitClass.SignIn },
            new("POST /api/auth/sso/break-glass/{tenantId}", RouteAccess.Anybody) { Limit = RateLimitClass.SignIn },
            new("POST /api/auth/sso/detect", RouteAccess.Anybody),
            new("GET /api/auth/sso/check-availability/{tenantId}", RouteAccess.Anybody),
            new("POST /api/auth/sso/azure/refresh", RouteAccess.Anybody),
            new("GET /api/auth/sso/azure/user-info", RouteAccess.SignedIn),
            new("POST /api/auth/sso/azure/logout/{tenantId}", RouteAccess.SignedIn),
            new("POST /api/auth/sso/switch-tenant", RouteAccess.SignedIn),
            new("GET /api/auth/sso/identities", RouteAccess.SignedIn),
            new("GET /api/tenants/{tenantId}/sso/config", RouteAccess.Admin),
            new("POST /api/tenants/{tenantId}/sso/config", RouteAccess.Admin) { TakesKey = true, Proof = RouteProof.Recent },
            new("PUT /api/tenants/{tenantId}/sso/config", RouteAccess.Admin)
            {
                Events = ["sso.configuration_changed"],
                Proof = RouteProof.Recent,
            },
            new("DELETE /api/tenants/{tenantId}/sso/config", RouteAccess.Admin)
            {
                Events = ["sso.configuration_removed"],
                Proof = RouteProof.Recent,
            },
            new("POST /api/tenants/{tenantId}/sso/config/enable", RouteAccess.Admin)
            {
                Proof = RouteProof.Recent,
                Events = ["sso.configuration_changed", "tenant.auth_method_changed"],
            },
            new("POST /api/tenants/{tenantId}/sso/config/disable", RouteAccess.Admin)
            {
                Events = ["sso.configuration_changed"],
                Proof = RouteProof.Recent,
            },
            new("GET /api/tenants/{tenantId}/sso/config/validate", RouteAccess.Admin),
            new("PUT /api/tenants/{tenantId}/sso/config/auto-provisioning", RouteAccess.Admin)
            {
                Events = ["sso.configuration_changed"],
                Proof = RouteProof.Recent,
            },
            new("GET /api/tenants/{tenantId}/sso/statistics", RouteAccess.Admin),
            new("GET /api/tenants/{tenantId}/sso/config/stats", RouteAccess.Admin),
            new("GET /api/tenants/{tenantId}/sso/domains", RouteAccess.Admin),
            new("POST /api/tenants/{tenantId}/sso/domains", RouteAccess.Admin) { TakesKey = true, Proof = RouteProof.Recent },
            new("POST /api/tenants/{tenantId}/sso/domains/{domain}/verify", RouteAccess.Admin) { Proof = RouteProof.Recent },
            new("DELETE /api/tenants/{tenantId}/sso/domains/{domain}", RouteAccess.Admin) { Proof = RouteProof.Recent },
            new("GET /api/tenants/{tenantId}/sso/break-glass", RouteAccess.Admin),
            new("POST /api/tenants/{tenantId}/sso/break-glass", RouteAccess.Admin) { Proof = RouteProof.Recent },
            new("POST /api/tenants/{tenantId}/sso/break-glass/confirm", RouteAccess.Admin) { Proof = RouteProof.Recent },
            new("DELETE /api/tenants/{tenantId}/sso/break-glass/{userId}", RouteAccess.Admin) { Proof = RouteProof.Recent },
            // Tenants and members
            new("GET /api/tenants", RouteAccess.SignedIn),
            new("POST /api/tenants", RouteAccess.SignedIn) { TakesKey = true, Events = ["tenant.created"] },
            new("GET /api/tenants/{tenantId}", RouteAccess.Viewer) { Scope = "tenant:read" },
            new("PUT /api/tenants/{tenantId}", RouteAccess.Admin) { Scope = "tenant:write", Events = ["tenant.renamed"] },
            new("PATCH /api/tenants/{tenantId}", RouteAccess.Admin) { Scope = "tenant:write", Events = ["tenant.renamed"] },
            new("DELETE /api/tenants/{tenantId}", RouteAccess.Admin) { Events = ["tenant.deleted"], Proof = RouteProof.Recent },
            new("POST /api/tenants/{tenantId}/restore", RouteAccess.Admin) { Events = ["tenant.restored"] },
            new("GET /api/tenants/{tenantId}/mfa", RouteAccess.Viewer),
            new("PUT /api/tenants/{tenantId}/mfa", RouteAccess.Admin)
            {
                Events = ["tenant.mfa_requirement_changed"],
                Proof = RouteProof.Recent,
            },
            new("GET /api/tenants/{tenantId}/users", RouteAccess.Viewer) { Scope = "members:read" },
            new("POST /api/tenants/{tenantId}/users", RouteAccess.Admin)
            {
                Scope = "members:write",
                TakesKey = true,
                Events = ["member.added"],
            },
            new("PUT /api/tenants/{tenantId}/users/{userId}", RouteAccess.Admin)
            {
                Scope = "members:write",
                Events = ["member.role_changed"],
            },
            new("PATCH /api/tenants/{tenantId}/users/{userId}", RouteAccess.Admin)
            {
                Scope = "members:write",
                Events = ["member.role_changed"],
            },
            new("DELETE /api/tenants/{tenantId}/users/{userId}", RouteAccess.Viewer)
            {
                Scope = "members:write",
                Events = ["member.removed"],
            },
            new("GET /api/tenants/{tenantId}/invitations", RouteAccess.Admin),
            new("POST /api/tenants/{tenantId}/invitations", RouteAccess.Admin) { TakesKey = true, Events = ["invitation.issued"] },
            new("GET /api/tenants/{tenantId}/invitations/{invitationId}", RouteAccess.Admin),
            new("POST /api/tenants/{tenantId}/invitations/{invitationId}/resend", RouteAccess.Admin) { Events = ["invitation.issued"] },
            new("DELETE /api/tenants/{tenantId}/invitations/{invitationId}", RouteAccess.Admin) { Events = ["invitation.withdrawn"] },
            new("GET /api/tenants/{tenantId}/join-rule", RouteAccess.Admin),
            new("PUT /api/tenants/{tenantId}/join-rule", RouteAccess.Admin) { Events = ["tenant.join_rule_changed"] },
            new("POST /api/invitations/preview", RouteAccess.Anybody) { Limit = RateLimitClass.SignIn },
            new("POST /api/invitations/accept", RouteAccess.SignedIn) { Limit = RateLimitClass.SignIn },
            new("POST /api/invitations/decline", RouteAccess.Anybody) { Limit = RateLimitClass.SignIn },
            new("POST /api/invitations/register", RouteAccess.Anybody) { Limit = RateLimitClass.Registration },
            new("GET /api/users/me/invitations", RouteAccess.SignedIn),
            new("GET /api/users/me/joinable-tenants", RouteAccess.SignedIn),
            new("POST /api/users/me/tenants", RouteAccess.SignedIn) { TakesKey = true, Events = ["member.added"] },
            new("GET /api/tenants/{tenantId}/audit", RouteAccess.Admin) { Scope = "audit:read" },
            // Service accounts and API keys: managed by people only
            new("GET /api/tenants/{tenantId}/service-accounts", RouteAccess.Admin),
            new("POST /api/tenants/{tenantId}/service-accounts", RouteAccess.Admin)
            {
                TakesKey = true,
                Events = ["service_account.created"],
            },
            new("GET /api/tenants/{tenantId}/service-accounts/{serviceAccountId}", RouteAccess.Admin),
            new("PATCH /api/tenants/{tenantId}/service-accounts/{serviceAccountId}", RouteAccess.Admin)
            {
                Events = ["service_account.changed"],
            },
            new("DELETE /api/tenants/{tenantId}/service-accounts/{serviceAccountId}", RouteAccess.Admin)
            {
                Events = ["service_account.deleted"],
            },
            new("GET /api/tenants/{tenantId}/service-accounts/{serviceAccountId}/keys", RouteAccess.Admin),
            new("POST /api/tenants/{tenantId}/service-accounts/{serviceAccountId}/keys", RouteAccess.Admin)
            {
                Events = ["api_key.created"],
                Proof = RouteProof.Recent,
            },
            new("POST /api/tenants/{tenantId}/service-accounts/{serviceAccountId}/keys/{keyId}/rotate", RouteAccess.Admin)
            {
                Events = ["api_key.rotated"],
                Proof = RouteProof.Recent,
            },
            new("DELETE /api/tenants/{tenantId}/service-accounts/{serviceAccountId}/keys/{keyId}", RouteAccess.Admin)
            {
                Events = ["api_key.revoked"],
            },
            // Documents and files
            new("GET /api/tenants/{tenantId}/documents", RouteAccess.Viewer) { Scope = "documents:read" },
            new("POST /api/tenants/{tenantId}/documents", RouteAccess.User)
            {
                Scope = "documents:write",
                Limit = RateLimitClass.Upload,
                TakesKey = true,
                Events = ["document.uploaded", "file.stored"],
            },
            new("GET /api/tenants/{tenantId}/documents/{documentId}", RouteAccess.Viewer) { Scope = "documents:read" },
            new("PUT /api/tenants/{tenantId}/documents/{documentId}", RouteAccess.User)
            {
                Scope = "documents:write",
                Events = ["document.updated"],
            },
            new("PATCH /api/tenants/{tenantId}/documents/{documentId}", RouteAccess.User)
            {
                Scope = "documents:write",
                Events = ["document.updated"],
            },
            new("DELETE /api/tenants/{tenantId}/documents/{documentId}", RouteAccess.User)
            {
                Scope = "documents:write",
                Events = ["document.deleted"],
            },
            new("POST /api/tenants/{tenantId}/documents/bulk-update", RouteAccess.User)
            {
                Scope = "documents:write",
                TakesKey = true,
                Events = ["document.updated"],
            },
            new("POST /api/tenants/{tenantId}/documents/bulk-delete", RouteAccess.User)
            {
                Scope = "documents:write",
                TakesKey = true,
                Events = ["document.deleted"],
            },
            new("GET /api/tenants/{tenantId}/documents/{documentId}/content", RouteAccess.Viewer) { Scope = "documents:read" },
            new("GET /api/tenants/{tenantId}/documents/{documentId}/download-url", RouteAccess.Viewer),
            new("GET /api/tenants/{tenantId}/documents/{documentId}/download", RouteAccess.Viewer),
            new("GET /api/downloads", RouteAccess.Anybody),
            new("GET /api/files/{tenantId}/files", RouteAccess.Viewer) { Scope = "files:read" },
            new("GET /api/files/{tenantId}/files/{fileId}", RouteAccess.Viewer) { Scope = "files:read" },
            new("PATCH /api/files/{tenantId}/files/{fileId}", RouteAccess.User) { Scope = "files:write" },
            new("DELETE /api/files/{tenantId}/files/{fileId}", RouteAccess.Admin) { Scope = "files:write", Events = ["file.deleted"] },
            new("GET /api/tenants/{tenantId}/files/orphaned", RouteAccess.Admin) { Scope = "files:read" },
            new("DELETE /api/tenants/{tenantId}/files/orphaned", RouteAccess.Admin) { Scope = "files:write" },
            // Platform operators
            new("GET /api/tenants/sso/configs", RouteAccess.Operator),
            new("GET /api/monitoring/status", RouteAccess.Operator),
            new("GET /api/monitoring/check/{service}", RouteAccess.Operator),
            new("GET /api/monitoring/check/all", RouteAccess.Operator),
            new("GET /api/monitoring/checks", RouteAccess.Operator),
            new("GET /api/monitoring/dashboard", RouteAccess.Operator),
            new("GET /api/admin/audit", RouteAccess.Operator),
            new("GET /api/admin/users", RouteAccess.Operator),
            new("GET /api/admin/users/{userId}", RouteAccess.Operator),
            new("POST /api/admin/users/{userId}/deactivate", RouteAccess.Operator),
            new("POST /api/admin/users/{userId}/reactivate", RouteAccess.Operator),
            new("GET /api/admin/tenants", RouteAccess.Operator),
            new("GET /api/admin/tenants/{tenantId}", RouteAccess.Operator),
            new("DELETE /api/admin/tenants/{tenantId}", RouteAccess.Operator),
            new("PUT /api/admin/tenants/{tenantId}/quotas", RouteAccess.Operator),
            new("POST /api/admin/tenants/{tenantId}/restore", RouteAccess.Operator),
            new("POST /api/admin/tenants/{tenantId}/suspend", RouteAccess.Operator),
            new("POST /api/admin/tenants/{tenantId}/resume", RouteAccess.Operator),
            new("GET /api/admin/operators", RouteAccess.Operator),
            new("POST /api/admin/operators", RouteAccess.Operator) { Proof = RouteProof.Recent },
            new("DELETE /api/admin/operators/{userId}", RouteAccess.Operator) { Proof = RouteProof.Recent },
            new("GET /api/admin/tenants/{tenantId}/export", RouteAccess.Operator),
            new("DELETE /api/admin/tenants/{tenantId}/export", RouteAccess.Operator),
            new("GET /api/admin/events/dead", RouteAccess.Operator),
            new("GET /api/admin/events/dead/{eventId}", RouteAccess.Operator),
            new("POST /api/admin/events/dead/{eventId}/replay", RouteAccess.Operator),
            new("POST /api/admin/events/dead/replay", RouteAccess.Operator),
            new("POST /api/admin/events/dead/{eventId}/skip", RouteAccess.Operator),
            new("GET /api/admin/jobs", RouteAccess.Operator),
            new("GET /api/admin/jobs/{name}", RouteAccess.Operator),
            new("GET /api/admin/jobs/runs", RouteAccess.Operator),
            new("GET /api/admin/jobs/runs/{runId}", RouteAccess.Operator),
            new("POST /api/admin/jobs/{name}/run", RouteAccess.Operator),
            new("POST /api/admin/jobs/{name}/pause", RouteAccess.Operator),
            new("POST /api/admin/jobs/{name}/resume", RouteAccess.Operator),
            new("POST /api/admin/jobs/runs/{runId}/cancel", RouteAccess.Operator),
            new("GET /api/admin/migrations", RouteAccess.Operator),
            new("GET /api/admin/usage", RouteAccess.Operator),
            new("GET /api/admin/configuration", RouteAccess.Operator),
            // In development only
            new("POST /api/demo/kafka/produce", RouteAccess.SignedIn) { TakesKey = true },
            new("GET /api/demo/kafka/consume", RouteAccess.SignedIn),
        ];

    public static Route Of(string name) =>
        ByName.TryGetValue(name, out var route)
            ? route
            : throw new InvalidOperationException($"{name} is not in RouteTable: say by hand what it is to be.");
}
