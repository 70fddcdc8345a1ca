using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Identity.Sso;
using SaaS.Core.Identity.Sso.BreakGlass;
using SaaS.Core.Tenancy.Invitations;

namespace SaaS.Tests.Fixtures;

/// <summary>The ids of one existing resource of each kind in a tenant, and of a user who is not a member yet.</summary>
internal sealed record TenantIds(Guid Tenant, Guid Member, Guid Document, Guid File, Guid Newcomer, string Domain, Guid Invitation)
{
    public PlantedKey Key { get; init; } = new(default, default, "");

    public IReadOnlyDictionary<string, string> ByName =>
        new Dictionary<string, string>
        {
            ["tenantId"] = Tenant.ToString(),
            ["userId"] = Member.ToString(),
            ["documentId"] = Document.ToString(),
            ["fileId"] = File.ToString(),
            ["domain"] = Domain,
            ["invitationId"] = Invitation.ToString(),
            ["serviceAccountId"] = Key.ServiceAccount.ToString(),
            ["keyId"] = Key.Id.ToString(),
        };

    public static async Task<TenantIds> PlantAsync(SaaSApp app, TestTenant tenant, string marker = "report")
    {
        var document = await tenant.UploadAsync("something"u8.ToArray(), $"{marker}.pdf");
        var member = await tenant.AddAsync(TenantRole.User);
        var newcomer = await TestUser.RegisterAsync(app);
        var domain = $"{tenant.Id:N}.example";
        await PlantSsoAsync(app, tenant, member.Id, domain, marker);
        return new TenantIds(
            tenant.Id,
            member.Id,
            document.GetProperty("id").GetGuid(),
            document.GetProperty("file_id").GetGuid(),
            newcomer.Id,
            domain,
            await PlantInvitationAsync(app, tenant, $"{marker}@{domain}")
        )
        {
            Key = await PlantedKey.CreateAsync(tenant, TenantRole.Viewer, [ApiScope.DocumentsRead.Name], name: marker),
        };
    }

    // Long ago, so that it may be sent again.
    private static async Task<Guid> PlantInvitationAsync(SaaSApp app, TestTenant tenant, string email)
    {
        using var invited = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/invitations", new { email, role = "user" });
        var id = (await invited.ReadDataAsync(HttpStatusCode.Created)).GetProperty("invitations")[0].IdOf();
        await app.InControlAsync(db =>
            db.Invitations.Where(invitation => invitation.Id == id)
                .ExecuteUpdateAsync(set => set.SetProperty(invitation => invitation.SentAt, DateTimeOffset.UnixEpoch))
        );
        return id;
    }

    private static async Task PlantSsoAsync(SaaSApp app, TestTenant tenant, Guid breakGlassAdmin, string domain, string marker)
    {
        using var configured = await tenant.Admin.Http.PostAsJsonAsync(
            $"{tenant.Path}/sso/config",
            new
            {
                client_id = marker,
                client_secret = marker,
                provider_tenant_id = domain,
            }
        );
        using var entered = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/sso/domains", new { domain });
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (configured.StatusCode, entered.StatusCode));
        await app.InControlAsync(async db =>
        {
            db.BreakGlassAdmins.Add(
                new BreakGlassAdmin
                {
                    TenantId = tenant.Id,
                    UserId = breakGlassAdmin,
                    EncryptedSecret = "sealed",
                    CreatedAt = DateTimeOffset.UnixEpoch,
                }
            );
            return await db.SaveChangesAsync();
        });
    }
}
