using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Tenancy.Invitations;

namespace SaaS.Tests.Fixtures;

/// <summary>An invitation that a tenant's admin has sent.</summary>
internal sealed record TestInvitation(SaaSApp App, TestTenant Tenant, Guid Id, string Email)
{
    public string Path => $"{Tenant.Path}/invitations/{Id}";

    public static async Task<TestInvitation> CreateAsync(SaaSApp app, TestTenant tenant, string? email = null, string role = "user")
    {
        var address = email ?? TestUser.NewEmail();
        using var invited = await tenant.Admin.Http.PostAsJsonAsync($"{tenant.Path}/invitations", new { email = address, role });
        var invitation = (await invited.ReadDataAsync(HttpStatusCode.Created)).GetProperty("invitations")[0];
        return new TestInvitation(app, tenant, invitation.IdOf(), address);
    }

    /// <summary>Returns the token of the latest mail.</summary>
    public async Task<string> GetTokenAsync() => (await ReceivedMail.WaitForAsync(App, Email, "invited")).Token;

    /// <summary>Registers an account by the invitation.</summary>
    public async Task<HttpResponseMessage> RegisterAsync() =>
        await App.NewClient()
            .PostAsJsonAsync(
                "/api/invitations/register",
                new
                {
                    token = await GetTokenAsync(),
                    first_name = "Charles",
                    last_name = "Babbage",
                    password = TestUser.Password,
                }
            );

    /// <summary>Backdates the latest mail, so that another one may be sent.</summary>
    public Task AgeAsync() =>
        App.InControlAsync(db =>
            db.Invitations.Where(invitation => invitation.Id == Id)
                .ExecuteUpdateAsync(set => set.SetProperty(invitation => invitation.SentAt, DateTimeOffset.UnixEpoch))
        );

    /// <summary>Lets the invitation expire.</summary>
    public Task ExpireAsync() =>
        App.InControlAsync(db =>
            db.Invitations.Where(invitation => invitation.Id == Id)
                .ExecuteUpdateAsync(set => set.SetProperty(invitation => invitation.ExpiresAt, DateTimeOffset.UnixEpoch))
        );
}
