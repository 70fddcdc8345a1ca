using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Identity.Credentials;

/// <summary>
/// Credentials: the password and the verified e-mail address of an account. Covers changing both, with the current password or a
/// mailed link, and the pages of such links.
/// </summary>
internal static class CredentialsModule
{
    extension(ControlDbContext db)
    {
        public DbSet<MailedLink> MailedLinks => db.Set<MailedLink>();

        public DbSet<EmailChange> EmailChanges => db.Set<EmailChange>();
    }

    public static void AddCredentials(this IServiceCollection services)
    {
        services.AddSettings<CredentialOptions>("Credentials");
        services.AddSingleton<MailedLinks>();
        services.AddScoped<SetPassword>();
        services.AddScoped<VerifyCurrentPassword>();
        services.AddScoped<ChangePassword>();
        services.AddScoped<ConfirmAddress>();
        services.AddSingleton<PersonalMail>();
        services.AddPlatformConsumer<RequestVerification.AfterRegistration, UserRegistered>(RequestVerification.AfterRegistration.Name);
        services.AddPlatformConsumer<SendMailedLink, MailedLinkRequested>(SendMailedLink.Name);
        services.AddPlatformConsumer<NotifyEmailChangeRequested, MailedLinkRequested>(NotifyEmailChangeRequested.Name);
        services.AddPlatformConsumer<NotifyPasswordChanged, PasswordChanged>(NotifyPasswordChanged.Name);
        services.AddPlatformConsumer<NotifyEmailChanged, EmailChanged>(NotifyEmailChanged.Name);
        services.AddJob<PurgeMailedLinksJob>("purge-mailed-links", "Deletes expired mailed links", cron: "0 10 2 * * ?");
    }

    public static void MapCredentials(this IEndpointRouteBuilder routes)
    {
        var auth = routes.MapGroup("/api/auth").WithTags("Authentication");
        VerifyEmail.Map(auth);
        ForgotPassword.Map(auth);
        ResetPassword.Map(auth);
        ConfirmEmail.Map(auth);

        var users = routes.MapGroup("/api/users").WithTags("Users");
        ChangePassword.Map(users);
        ChangeEmail.Map(users);
        RequestVerification.Map(users);

        routes.MapAccountPages();
    }
}
