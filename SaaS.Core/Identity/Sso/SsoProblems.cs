using SaaS.Core.Http;

namespace SaaS.Core.Identity.Sso;

/// <summary>The problems of single sign-on.</summary>
internal static class SsoProblems
{
    // 400 and not 409, because the clients of the replaced system rely on it.
    public static readonly Problem AlreadyConfigured = new(
        ProblemKind.Invalid,
        "SSO_ALREADY_CONFIGURED",
        "This tenant has an identity provider already: change it, or remove it first"
    );
    public static readonly Problem NotConfigured = new(ProblemKind.NotFound, "SSO_NOT_CONFIGURED", "This tenant has no identity provider");
    public static readonly Problem IdentitiesExist = new(
        ProblemKind.Invalid,
        "SSO_IDENTITIES_EXIST",
        "Users have signed in through this provider: remove it with force=true, which removes their links too"
    );
    public static readonly Problem NotProved = new(
        ProblemKind.Conflict,
        "SSO_NOT_PROVED",
        "An admin has to sign in through this provider once before it becomes the only sign-in method, so that the tenant cannot lock itself out"
    );

    public static readonly Problem NotAvailable = new(
        ProblemKind.NotFound,
        "SSO_NOT_AVAILABLE",
        "There is no single sign-on for this tenant"
    );
    public static readonly Problem StateInvalid = new(
        ProblemKind.Invalid,
        "SSO_STATE_INVALID",
        "This sign-in was not begun in this browser, was finished already, or took too long: begin again"
    );
    public static readonly Problem Cancelled = new(ProblemKind.Invalid, "SSO_CANCELLED", "You cancelled the sign-in");
    public static readonly Problem ProviderRejected = new(ProblemKind.Invalid, "SSO_PROVIDER_REFUSED", "Microsoft refused this sign-in");
    public static readonly Problem ProviderUnavailable = new(
        ProblemKind.Unavailable,
        "SSO_PROVIDER_AWAY",
        "Microsoft's sign-in does not answer just now; try again shortly"
    )
    {
        RetryAfter = TimeSpan.FromSeconds(30),
    };
    public static readonly Problem CodeMissing = new(
        ProblemKind.Invalid,
        "SSO_CODE_MISSING",
        "The identity provider sent the browser back without a code"
    );
    public static readonly Problem TokenInvalid = new(
        ProblemKind.Invalid,
        "SSO_TOKEN_INVALID",
        "The identity provider's ID token could not be verified"
    );
    public static readonly Problem EmailMissing = new(
        ProblemKind.Invalid,
        "SSO_EMAIL_MISSING",
        "The directory has no e-mail address for you"
    );
    public static readonly Problem DomainRejected = new(
        ProblemKind.Invalid,
        "SSO_DOMAIN_REFUSED",
        "Addresses of your e-mail domain are not let in here"
    );
    public static readonly Problem GroupRejected = new(
        ProblemKind.Invalid,
        "SSO_GROUP_REFUSED",
        "You are in none of the groups that are let in here"
    );
    public static readonly Problem ProvisioningDisabled = new(
        ProblemKind.Invalid,
        "SSO_PROVISIONING_DISABLED",
        "You are not a member here, and signing in does not make you one"
    );
    public static readonly Problem MemberRemoved = new(
        ProblemKind.Forbidden,
        "SSO_MEMBER_REMOVED",
        "An admin has removed you here: ask to be added again"
    );
    public static readonly Problem IdentityConflict = new(
        ProblemKind.Conflict,
        "SSO_IDENTITY_CONFLICT",
        "Your account is linked here to another user of the directory"
    );
    public static readonly Problem AccountInactive = new(ProblemKind.Forbidden, "ACCOUNT_INACTIVE", "This account is inactive");
    public static readonly Problem LinkRequired = new(
        ProblemKind.Forbidden,
        "SSO_LINK_REQUIRED",
        "There is an account with your e-mail address already: prove once, with its password, that it is yours"
    );

    public static readonly Problem CodeInvalid = new(
        ProblemKind.Invalid,
        "SSO_CODE_INVALID",
        "This code was used already, has expired, or was never given"
    );
    public static readonly Problem NoIdentity = new(
        ProblemKind.NotFound,
        "SSO_NO_IDENTITY",
        "Your account is not linked to this tenant's directory"
    );
    public static readonly Problem SignInAgain = new(
        ProblemKind.Unauthenticated,
        "SSO_SIGN_IN_REQUIRED",
        "The identity provider wants you to sign in again"
    );
    public static readonly Problem PasswordNeeded = new(
        ProblemKind.Invalid,
        "PASSWORD_NEEDED",
        "Without a password you could not sign in any more: choose one first"
    );

    public static readonly Problem DomainNotFound = new(ProblemKind.NotFound, "NOT_FOUND", "Domain not found");
    public static readonly Problem DomainTaken = new(
        ProblemKind.Conflict,
        "SSO_DOMAIN_TAKEN",
        "Another tenant has proved that this domain is its own"
    );
    public static readonly Problem RecordMissing = new(
        ProblemKind.Conflict,
        "SSO_RECORD_MISSING",
        "The TXT record is not there (yet): what is published now can take a while to be seen"
    );
    public static readonly Problem NameServerUnavailable = new(
        ProblemKind.Unavailable,
        "NAME_SERVER_AWAY",
        "The name server does not answer just now; try again shortly"
    )
    {
        RetryAfter = TimeSpan.FromSeconds(30),
    };

    public static readonly Problem BreakGlassAdminNotFound = new(ProblemKind.NotFound, "NOT_FOUND", "Break-glass admin not found");
    public static readonly Problem BreakGlassNotRegistered = new(
        ProblemKind.Conflict,
        "BREAK_GLASS_NOT_NAMED",
        "You are not named as a break-glass admin here: begin with that"
    );
    public static readonly Problem OneTimePasswordWrong = new(
        ProblemKind.Forbidden,
        "ONE_TIME_PASSWORD_WRONG",
        "The one-time password is wrong, or was used already"
    );
    public static readonly Problem NeedsPassword = new(
        ProblemKind.Conflict,
        "PASSWORD_NEEDED",
        "A break-glass admin signs in with a password: your account has none yet"
    );
}
