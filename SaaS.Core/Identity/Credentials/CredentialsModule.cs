using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Identity.Credentials;

/// <summary>
/// What proves that an account is somebody's: the password and the address. Both change here, by what one knows or by a
/// link in a mail; the pages that such links lead to are here too.
/// </summary>
internal static class CredentialsModule
{
    public static void AddCredentials(this IServiceCollection services)
    {
        services.AddSettings<CredentialOptions>("Credentials");
        services.AddSingleton<MailedLinks>();
        services.AddScoped<NewPasswords>();
        services.AddScoped<VerifyCurrentPassword>();
        services.AddScoped<ChangePassword>();
        services.AddScoped<ConfirmAddress>();
        services.AddSingleton<PersonalMail>();
        services.AddPlatformConsumer<RequestVerification.AfterRegistration, UserRegistered>(RequestVerification.AfterRegistration.Name);
        services.AddPlatformConsumer<SendMailedLink, MailedLinkRequested>(SendMailedLink.Name);
        services.AddPlatformConsumer<NotifyEmailChangeRequested, MailedLinkRequested>(NotifyEmailChangeRequested.Name);
        services.AddPlatformConsumer<NotifyPasswordChanged, PasswordChanged>(NotifyPasswordChanged.Name);
        services.AddPlatformConsumer<NotifyEmailChanged, EmailChanged>(NotifyEmailChanged.Name);
        services.AddJob<PurgeMailedLinksJob>("purge-mailed-links", "Removes mailed links that are not good any more", cron: "0 10 2 * * ?");
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
