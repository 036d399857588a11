//! Badges, meters, notices, facts, figures, progress and logs.

use domain::license::{Limit, Standing};
use leptos::prelude::*;

use super::texts::{HOSTILE, LONG, RIGHT_TO_LEFT};
use crate::component::{
    Badge, Card, Change, Fact, Facts, Figure, Figures, Meter, Notice, Progress, RelativeTime, StandingBadge,
    Tag, Tone, pluralize,
};
use crate::context;

#[component]
pub fn Status() -> impl IntoView {
    let standings: Vec<_> = Standing::ALL.map(|standing| view! { <StandingBadge standing/> " " }).into();
    view! {
        <Card title="Badges, tags and meters">
            <p>{standings}</p>
            <p class="row">
                <Badge tone=Tone::Neutral>"Not used"</Badge>
                <Badge tone=Tone::Success>"Works"</Badge>
                <Badge tone=Tone::Warning>"Slow"</Badge>
                <Badge tone=Tone::Danger>"Failing"</Badge>
                <Tag>"customer"</Tag>
                <Tag tone=Tone::Warning>"full"</Tag>
                <Tag tone=Tone::Danger>"withdrawn"</Tag>
            </p>
            <p class="row">
                <Meter used=0 limit=Limit::new(3)/>
                <Meter used=2 limit=Limit::new(3)/>
                <Meter used=3 limit=Limit::new(3)/>
                <Meter used=5 limit=Limit::new(3)/>
                <Meter used=12 limit=Limit::UNLIMITED/>
                <Meter used=0 limit=Limit::new(0)/>
            </p>
        </Card>
        <Notice tone=Tone::Warning>
            <p><strong>"Suspended 5 hours ago by " {RIGHT_TO_LEFT} ": "</strong> <q>"Invoice 2291 is open"</q></p>
            <button type="button" class="button button-primary">"Reinstate"</button>
        </Notice>
        <Notice tone=Tone::Neutral><p>"A change holds for licenses that are issued from now on."</p></Notice>
        <Notice tone=Tone::Danger><p>{LONG}</p></Notice>
        <Notice tone=Tone::Success><p>"The data is exported."</p></Notice>
        <Figures>
            <Figure name="Active licenses" value=2_714>"of 3,000 · " <Change text="+38" is_better=true/></Figure>
            <Figure name="Verifications" value=2_871_026>"95 k a day"</Figure>
            <Figure name="Refused" value=151_683>"5.0 % · " <Change text="+0.8" is_better=false/></Figure>
            <Figure name="New activations" value=0/>
        </Figures>
        <Card title="Progress">
            <Progress label="Suspending licenses" done=1_204 total=Some(3_000)/>
            <Progress label="Counting" done=17 total=None/>
        </Card>
        <div class="columns">
            <Card title="Log" note=|| "all · changes · activations">
                <ol class="log">
                    <li><strong>"Suspended"</strong> " by " {RIGHT_TO_LEFT} " " <span class="muted"><RelativeTime at=context::now()/></span></li>
                    <li><strong>"Activated"</strong> " " {LONG} <span class="muted">" Mar 2"</span></li>
                    <li><strong>"Issued"</strong> " by " {HOSTILE}</li>
                </ol>
            </Card>
            <Card title="Facts">
                <Facts>
                    <Fact name="Name"><a href="/gallery">{LONG}</a></Fact>
                    <Fact name="E-mail">{RIGHT_TO_LEFT}</Fact>
                    <Fact name="Licenses">{pluralize(4, "license")}</Fact>
                </Facts>
            </Card>
        </div>
    }
}
