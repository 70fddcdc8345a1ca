using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Auditing;

/// <summary>
/// Tests that rejected actions are logged and, where the account or the tenant is known, audited, with a limited number of entries.
/// </summary>
public sealed class SecurityEventTests(SaaSApp app)
{
    [Fact]
    public async Task A_cross_tenant_attempt_is_audited_in_the_targeted_tenant()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var stranger = await TestUser.RegisterAsync(app);
        using var refused = await stranger.Http.GetAsync($"{tenant.Path}/documents");
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);

        var entry = await FindRefusalAsync(tenant.Id, stranger.Id);
        Assert.Equal("GET /api/tenants/{tenantId:guid}/documents", entry.Details!.Value.GetProperty("route").GetString()!.TrimEnd('/'));
        Assert.Equal(("NOT_FOUND", "127.0.0.1"), (entry.Details.Value.GetProperty("code").GetString(), entry.Address));
        using var shown = await tenant.Admin.Http.GetAsync($"{tenant.Path}/audit?action=access.denied");
        Assert.Equal($"user:{stranger.Id}", (await shown.ReadDataAsync()).GetProperty("entries")[0].GetProperty("actor").GetString());
    }

    [Fact]
    public async Task An_insufficient_role_is_audited_in_the_tenant()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var viewer = await tenant.AddAsync(TenantRole.Viewer);
        using var refused = await viewer.Http.DeleteAsync(tenant.Path);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        Assert.Equal("FORBIDDEN", (await FindRefusalAsync(tenant.Id, viewer.Id)).Details!.Value.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Access_to_a_missing_tenant_creates_no_audit_entry()
    {
        var stranger = await TestUser.RegisterAsync(app);
        using var refused = await stranger.Http.GetAsync($"/api/tenants/{Guid.CreateVersion7(DateTimeOffset.UnixEpoch)}/documents");
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);

        Assert.Null((await FindRefusalAsync(tenantId: null, stranger.Id)).TenantId);
    }

    [Fact]
    public async Task A_missing_document_in_the_own_tenant_is_not_audited_as_access_denied()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var missing = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents/{Guid.Empty}");
        using var refused = await tenant.Admin.Http.GetAsync("/api/admin/tenants"); // passes through the same queue later
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.Forbidden), (missing.StatusCode, refused.StatusCode));

        await FindRefusalAsync(tenantId: null, tenant.Admin.Id);
        Assert.Equal(
            1,
            await CountAsync(entry => entry.Action == AuditAction.AccessDenied.Name && entry.Actor == $"user:{tenant.Admin.Id}")
        );
    }

    [Fact]
    public async Task Audited_security_events_are_capped_per_hour()
    {
        await using var api = app.StartApi(
            new()
            {
                ["Audit:MaxSecurityEventsPerHour"] = "3",
                ["SignIn:FreeAttempts"] = "1000",
                ["SignIn:FreeAttemptsPerAccount"] = "1000",
            }
        );
        var (victim, other) = (await TestUser.RegisterAsync(api), await TestUser.RegisterAsync(api));
        using var anonymous = api.NewClient();
        for (var attempt = 0; attempt < 10; attempt++)
        {
            using var wrong = await anonymous.PostAsJsonAsync("/api/auth/login", new { email = victim.Email, password = "Guessed1843" });
            using var unknown = await anonymous.PostAsJsonAsync(
                "/api/auth/login",
                new { email = TestUser.NewEmail(), password = "Guessed1843" }
            );
            Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (wrong.StatusCode, unknown.StatusCode));
            using var refused = await victim.Http.GetAsync("/api/admin/audit");
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }

        using var last = await anonymous.PostAsJsonAsync("/api/auth/login", new { email = other.Email, password = "Guessed1843" });
        await Eventually.HoldsAsync(
            async () => await CountAsync(entry => entry.SubjectId == other.Id && entry.Action == AuditAction.SignInFailed.Name) == 1,
            "the last failure is not stored"
        );
        Assert.Equal(3, await CountAsync(entry => entry.SubjectId == victim.Id && entry.Action == AuditAction.SignInFailed.Name));
        Assert.Equal(3, await CountAsync(entry => entry.Actor == $"user:{victim.Id}" && entry.Action == AuditAction.AccessDenied.Name));
    }

    [Fact]
    public async Task Each_security_event_is_logged_without_email_addresses()
    {
        using var log = new CollectedLog();
        await using var api = app.StartApi(
            new() { ["RateLimits:SignIn:Permits"] = "8", ["Logging:LogLevel:SaaS.Core.Auditing"] = "Information" }
        );
        api.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        await using var tenant = await TestTenant.CreateAsync(app);
        var user = await TestUser.RegisterAsync(api);
        using var anonymous = api.NewClient();
        using var invented = api.NewClient("invented");
        using var refused = await user.Http.GetAsync($"{tenant.Path}/documents");
        using var rejected = await invented.GetAsync("/api/users/me");
        using var first = await anonymous.PostAsJsonAsync("/api/auth/refresh", new { refresh_token = user.RefreshToken });
        using var second = await anonymous.PostAsJsonAsync(
            "/api/auth/refresh",
            new { refresh_token = (await first.ReadAsync(HttpStatusCode.OK)).GetProperty("refresh_token").GetString() }
        );
        using var proof = await user.Http.PutAsJsonAsync(
            "/api/users/me/password",
            new { current_password = "Guessed1843", new_password = "Difference1822" }
        );
        using var reused = await anonymous.PostAsJsonAsync("/api/auth/refresh", new { refresh_token = user.RefreshToken });
        for (var attempt = 0; attempt < 12; attempt++)
        {
            using var wrong = await anonymous.PostAsJsonAsync("/api/auth/login", new { email = user.Email, password = "Guessed1843" });
        }

        Assert.Equal(
            (HttpStatusCode.NotFound, HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized),
            (refused.StatusCode, rejected.StatusCode, proof.StatusCode, reused.StatusCode)
        );
        foreach (var id in new[] { 4501, 4502, 4503, 4504, 4505, 4506 })
        {
            Assert.True(log.Has(id), $"{id} is not in the log:\n{log.Text}");
        }

        Assert.DoesNotContain(user.Email, log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Guessed1843", log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(user.RefreshToken, log.Text, StringComparison.Ordinal);
    }

    private async Task<AuditEntry> FindRefusalAsync(Guid? tenantId, Guid userId)
    {
        AuditEntry? entry = null;
        await Eventually.HoldsAsync(
            async () =>
                (
                    entry = await app.InControlAsync(db =>
                        db.AuditEntries.AsNoTracking()
                            .FirstOrDefaultAsync(one =>
                                one.Action == AuditAction.AccessDenied.Name && one.Actor == $"user:{userId}" && one.TenantId == tenantId
                            )
                    )
                )
                    is not null,
            "the refusal is not in the audit"
        );
        return entry!;
    }

    private Task<int> CountAsync(System.Linq.Expressions.Expression<Func<AuditEntry, bool>> which) =>
        app.InControlAsync(db => db.AuditEntries.CountAsync(which));
}
