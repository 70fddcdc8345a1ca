using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Tenancy.Invitations;

/// <summary>How people become members: added by an admin, by an invitation, or by themselves through a verified domain.</summary>
internal static class InvitationsModule
{
    extension(ControlDbContext db)
    {
        public DbSet<Invitation> Invitations => db.Set<Invitation>();

        public DbSet<JoinRule> JoinRules => db.Set<JoinRule>();
    }

    public static void AddInvitations(this IServiceCollection services)
    {
        services.AddSettings<InvitationOptions>("Invitations");
        services.AddScoped<Invitations>();
        services.AddScoped<InvitationAnswers>();
        services.AddSingleton<InvitationLinks>();
        services.AddPlatformConsumer<SendInvitation, InvitationIssued>(SendInvitation.Name);
        services.AddJob<PurgeInvitationsJob>("purge-invitations", "Deletes invitations that ended long ago", cron: "0 20 2 * * ?");
    }

    public static void MapInvitations(this IEndpointRouteBuilder routes)
    {
        var members = routes.MapTenantGroup("/api/tenants/{tenantId:guid}").WithTags("Members");
        AddMember.Map(members);

        var tenant = routes.MapTenantGroup("/api/tenants/{tenantId:guid}").WithTags("Invitations");
        InviteMembers.Map(tenant);
        ListInvitations.Map(tenant);
        ResendInvitation.Map(tenant);
        WithdrawInvitation.Map(tenant);
        ChangeJoinRule.Map(tenant);

        var invitations = routes.MapGroup("/api/invitations").WithTags("Invitations");
        PreviewInvitation.Map(invitations);
        AcceptInvitation.Map(invitations);
        DeclineInvitation.Map(invitations);
        RegisterByInvitation.Map(invitations);

        var users = routes.MapGroup("/api/users").WithTags("Invitations");
        ListMyInvitations.Map(users);
        JoinTenant.Map(users);

        routes.MapInvitationPage();
    }
}
